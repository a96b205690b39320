// The demo shop: three products and a plain button. It shows what any storefront
// has to do, and no more: one key per cart, a redirect, a capture on return, and
// patience when the outcome is not known yet. No price leaves the browser: the
// prices below are for showing only.

const $ = (id) => document.getElementById(id);
const form = $("cart");

const config = await (await fetch("config.json")).json();
const { products } = await (await fetch("prices.json")).json();

// ---- the cart and its key -------------------------------------------------

// What is remembered across the trip to PayPal: the cart's key, and the payment
// with its token once there is one. The token is never part of an address.
const memory = {
  read() { try { return JSON.parse(localStorage.getItem("checkout")) ?? {}; } catch { return {}; } },
  write(state) { localStorage.setItem("checkout", JSON.stringify(state)); },
  clear() { localStorage.removeItem("checkout"); },
};

function cart() {
  return products
    .map((p) => ({ sku: p.sku, quantity: Number(form.elements[p.sku].value) }))
    .filter((line) => line.quantity > 0);
}

// A cart keeps its key until its payment is final, so that a reload, a second tab
// and a double click meet the same payment. Another cart is another purchase.
function keyFor(content) {
  const text = JSON.stringify(content);
  const known = memory.read();
  if (known.cart === text && known.key) return known.key;
  const key = crypto.randomUUID();
  memory.write({ cart: text, key });
  return key;
}

// ---- talking to the API ---------------------------------------------------

async function call(method, path, { body, headers = {} } = {}) {
  const answer = await fetch(config.api + path, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const content = await answer.json().catch(() => ({}));
  return { status: answer.status, payment: content.payment ?? content, problem: content };
}

async function open() {
  const lines = cart();
  const country = form.elements.country.value;
  const currency = form.elements.currency.value;
  const wish = { cart: lines, country, currency, language: navigator.language, method: "paypal" };
  const key = keyFor({ lines, country, currency });
  if (!$("address").hidden) {
    const f = form.elements;
    wish.shipping = {
      name: f.name.value, lines: [f.line.value], city: f.city.value,
      postcode: f.postcode.value, region: f.region.value, country,
    };
  }
  return call("POST", "/payments", { body: wish, headers: { "idempotency-key": key } });
}

const withToken = () => ({ "checkout-token": memory.read().token });
const capture = () => call("POST", `/payments/${memory.read().id}/capture`, { headers: withToken() });

async function anotherAttempt() {
  const { id, attempt } = memory.read();
  const body = { after: attempt, method: "paypal", language: navigator.language, ...addressAgain() };
  return call("POST", `/payments/${id}/attempts`, { body, headers: withToken() });
}

// An address is not kept by the checkout, so another attempt names it again; the
// demo shop keeps its own copy in this tab only.
function addressAgain() {
  const kept = sessionStorage.getItem("address");
  return kept ? { shipping: JSON.parse(kept) } : {};
}

// ---- what the buyer sees --------------------------------------------------

function money(amount) {
  return new Intl.NumberFormat(navigator.language, { style: "currency", currency: amount.currency,
    minimumFractionDigits: (amount.value.split(".")[1] ?? "").length }).format(amount.value);
}

function show(mood, headline, detail, buttons = []) {
  form.hidden = true;
  $("result").hidden = false;
  $("result").dataset.mood = mood;
  $("headline").textContent = headline;
  $("detail").textContent = detail;
  for (const id of ["again", "other", "fresh"]) $(id).hidden = !buttons.includes(id);
}

function tell({ status, payment, problem }) {
  if (payment?.attempt) memory.write({ ...memory.read(), attempt: payment.attempt, url: payment.next?.url });
  switch (payment?.status) {
    case "captured": case "partially_refunded": case "refunded":
      memory.clear();
      return show("good", "Thank you, it is paid", `${money(payment.total)} was paid with PayPal. Your receipt number is ${payment.id}.`, ["fresh"]);
    case "awaiting_approval":
      return show("calm", "Not paid yet", "You have not approved the payment at PayPal. Nothing was charged.", ["again", "fresh"]);
    case "declined":
      return payment.next.action === "redirect"
        ? show("bad", "PayPal declined this payment", "Nothing was charged. Choose another card at PayPal, or start the payment anew.", ["again", "other", "fresh"])
        : show("bad", "PayPal declined this payment", "Nothing was charged. Start the payment anew to pay in another way.", ["other", "fresh"]);
    case "expired":
      return show("bad", "This took too long", "PayPal closed the order before it was approved. Nothing was charged.", ["other", "fresh"]);
    case "approved": case "checking": case "pending": case "review":
      return show("calm", "We are checking your payment", "You will not be charged twice. This page looks again by itself; you may also close it.");
  }
  show("bad", problem?.title ?? "Something went wrong", `${problem?.detail ?? "Please try again."} (${status})`, ["fresh"]);
}

const over = (payment) => !["approved", "checking", "pending", "review"].includes(payment?.status);

async function settle() {
  show("calm", "One moment", "We are taking the payment you approved.");
  for (let wait = 1000; ; wait = Math.min(wait * 2, 15000)) {
    const result = await capture().catch(() => ({ status: 0, payment: { status: "checking" } }));
    tell(result);
    if (result.status !== 202 && result.status !== 503 && over(result.payment)) return;
    await new Promise((resume) => setTimeout(resume, wait));
  }
}

async function go(result) {
  const { payment } = result;
  if (payment?.id) {
    memory.write({ ...memory.read(), id: payment.id, token: payment.token ?? memory.read().token, attempt: payment.attempt, url: payment.next?.url });
    if (payment.next.action === "redirect") { location.assign(payment.next.url); return; }
    if (payment.next.action === "capture") return settle();
  }
  tell(result);
}

// ---- the page -------------------------------------------------------------

function listProducts() {
  $("products").replaceChildren(...products.map((p) => {
    const item = document.createElement("li");
    const name = Object.assign(document.createElement("label"), { className: "name", textContent: p.name, htmlFor: p.sku });
    const price = Object.assign(document.createElement("span"), { className: "price" });
    price.dataset.sku = p.sku;
    const count = Object.assign(document.createElement("input"), { id: p.sku, name: p.sku, type: "number", min: 0, max: 99, value: 0, inputMode: "numeric" });
    item.append(name, price, count);
    return item;
  }));
}

// The total shown before paying is worked out in minor units; the one that counts
// comes from the price list.
function reckon() {
  const currency = form.elements.currency.value;
  let total = 0n, places = 0;
  for (const p of products) {
    const value = p.prices[currency];
    places = (value.split(".")[1] ?? "").length;
    total += BigInt(value.replace(".", "")) * BigInt(Math.max(0, Math.trunc(Number(form.elements[p.sku].value) || 0)));
    document.querySelector(`[data-sku="${p.sku}"]`).textContent = money({ currency, value });
  }
  const digits = total.toString().padStart(places + 1, "0");
  const value = places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
  $("total").textContent = money({ currency, value });
  $("pay").disabled = total === 0n;
  const physical = cart().some((line) => products.find((p) => p.sku === line.sku).physical);
  $("address").hidden = !physical;
  $("address").disabled = !physical;
}

form.addEventListener("input", reckon);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  $("pay").disabled = true;
  sessionStorage.removeItem("address");
  if (!$("address").hidden) {
    const f = form.elements;
    sessionStorage.setItem("address", JSON.stringify({ name: f.name.value, lines: [f.line.value], city: f.city.value,
      postcode: f.postcode.value, region: f.region.value, country: f.country.value }));
  }
  await go(await open().catch(() => ({ status: 0, problem: { title: "The shop does not answer", detail: "Nothing was charged. Please try again." } })));
});
$("again").addEventListener("click", () => location.assign(memory.read().url));
$("other").addEventListener("click", async () => go(await anotherAttempt()));
$("fresh").addEventListener("click", () => {
  // A purchase that was refused is left behind: the next cart is a new one. One
  // that still waits for its approval keeps its key.
  if ($("result").dataset.mood === "bad") memory.clear();
  location.assign(location.pathname);
});

listProducts();
reckon();

const back = new URLSearchParams(location.search).get("checkout");
if (back && memory.read().id) {
  history.replaceState(null, "", location.pathname); // PayPal's parameters are not ours to keep
  if (back === "return") settle();
  else tell(await call("GET", `/payments/${memory.read().id}`, { headers: withToken() }));
} else if (memory.read().id) {
  // A tab that was closed half way: show how the purchase stands.
  const known = await call("GET", `/payments/${memory.read().id}`, { headers: withToken() }).catch(() => null);
  if (known?.status === 200 && known.payment.status !== "awaiting_approval" && known.payment.status !== "expired") {
    known.payment.next.action === "capture" ? settle() : tell(known);
  }
}
