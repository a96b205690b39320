// Behind the counter: what a local run shows of a payment and of its own calls. The
// addresses under /counter/ are served by `go run ./local` and by nothing else.

const $ = (id) => document.getElementById(id);

/** Follows the payments of an element. */
export function watch(checkout) {
  for (const event of ["redirect", "pending", "declined", "paid"]) {
    checkout.addEventListener(`checkout-${event}`, ({ detail }) => {
      sessionStorage.setItem("harbour-payment", detail.id);
      look();
    });
  }
  const look = () => $("counter").open && Promise.all([showTimeline(sessionStorage.getItem("harbour-payment")), showVisits()]);
  $("counter").addEventListener("toggle", () => { look(); showFaults(); });
  setInterval(look, 2000);
}

async function read(path) {
  const answer = await fetch(`counter/${path}`);
  return answer.ok ? answer.json() : undefined;
}

function row(tag, cells) {
  const line = document.createElement("tr");
  line.append(...cells.map((text) => Object.assign(document.createElement(tag), { textContent: text })));
  return line;
}

async function showTimeline(id) {
  const payment = id && await read(`payments/${encodeURIComponent(id)}`);
  if (!payment) return;
  const line = (at, text) => {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("time"), { textContent: at }), Object.assign(document.createElement("span"), { textContent: text }));
    return item;
  };
  $("events").replaceChildren(
    ...payment.timeline.map(({ at, code, ref = "" }) => line(new Date(at).toLocaleTimeString(), `${code} ${ref}`)),
    ...payment.money.map(({ kind, amount, fee }) => line("money", `${kind} ${amount}${fee ? `, fee ${fee}` : ""}`)),
    line("status", payment.status));
}

async function showVisits() {
  const visits = await read("visits") ?? [];
  $("visits").replaceChildren(...visits.slice(0, 12).map((v) => row("td", [`${v.method} ${v.path}`, v.status, v.millis, v.reads, v.base_writes, v.index_writes, v.provider])));
}

async function showFaults() {
  const { troubles = [], desks = [] } = await read("faults") ?? {};
  const { call, kind } = $("faults").elements;
  const option = (value, text = value) => Object.assign(document.createElement("option"), { value, textContent: text });
  const offer = () => kind.replaceChildren(...(troubles.find((t) => t.call === call.value)?.kinds ?? []).map((name) => option(name)));
  call.replaceChildren(...troubles.map((t) => option(t.call, t.label)));
  call.onchange = offer;
  offer();
  $("desks").replaceChildren(...desks.flatMap(({ name, url }) => [Object.assign(document.createElement("a"), { href: url, textContent: `the simulated ${name}’s desk` }), " "]));
}

$("faults").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = new FormData(event.target);
  const answer = await fetch("counter/faults", { method: "POST", body: new URLSearchParams([...form]) });
  $("arranged").textContent = answer.ok ? `Arranged: the next ${form.get("call")} meets ${form.get("kind")}.` : await answer.text();
});
