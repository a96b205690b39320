// @ts-check
// <checkout-button>: shows what a cart costs and how it can be paid, takes the buyer to
// the payment provider and back, and says how the payment went.
//
// The API prices the cart, and no payment is called failed without its word. A cart has
// one key, kept until its payment is over: a double click, a reload and a second tab meet
// one payment.

/** @import { Amount, Answer, Choice, Memory, Method, Note, Offer, Order, Payment, Purchase } from "./checkout-button.d.ts" */

/** Texts for where the API's cannot be had; a test holds them to those. @type {Record<string, Record<string, string>>} */
const SENTENCES = {
  "en": {
    "setup": "Payment is not set up correctly here.",
    "unreachable": "The payment service cannot be reached; this page keeps trying.",
  },
  "de": {
    "setup": "Die Zahlung ist hier nicht richtig eingerichtet.",
    "unreachable": "Der Zahlungsdienst ist nicht erreichbar; diese Seite versucht es weiter.",
  },
  "es": {
    "setup": "El pago no está bien configurado aquí.",
    "unreachable": "No se puede contactar con el servicio de pago; la página sigue intentándolo.",
  },
  "fr": {
    "setup": "Le paiement n’est pas bien configuré ici.",
    "unreachable": "Le service de paiement est injoignable ; cette page continue d’essayer.",
  },
  "ja": {
    "setup": "お支払いの設定に誤りがあります。",
    "unreachable": "決済サービスに接続できません。自動的に再試行しています。",
  },
  "zh-Hans": {
    "setup": "付款功能未正确设置。",
    "unreachable": "暂时无法连接付款服务，正在自动重试。",
  },
};

const STYLE = `
:host { display: block; color: var(--ink); font: var(--checkout-font, 1rem/1.5 system-ui, sans-serif);
  --ink: var(--checkout-ink, light-dark(#17242d, #eceff1)); --line: var(--checkout-line, light-dark(#d3d8dc, #3b474f));
  --surface: var(--checkout-surface, light-dark(#fff, #1a2126)); --bad: var(--checkout-bad, light-dark(#a3271a, #ffab9c));
  --accent: var(--checkout-accent, light-dark(#0b5a8a, #7cc4f0)); --on-accent: var(--checkout-on-accent, light-dark(#fff, #06202f)); }
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host([hidden]), [hidden], div:empty { display: none !important; }
* { box-sizing: border-box; min-width: 0; margin: 0; padding: 0; overflow-wrap: anywhere; }
fieldset { border: 0; }
.box, form { display: grid; gap: 1.1rem; }
.box, .method, .note, .field input, button { padding: .7rem .9rem; border: 1px solid var(--line); border-radius: var(--checkout-radius, .6rem); }
.box { padding: 1.1rem; background: var(--surface); }
legend, h2 { font-size: 1rem; font-weight: 600; padding-bottom: .2rem; }
dl, fieldset, .result { display: grid; gap: .5rem; }
dl div { display: flex; justify-content: space-between; gap: 1rem; }
dd { flex: none; font-variant-numeric: tabular-nums; }
.soft { opacity: .8; font-size: .925em; }
.total { border-top: 1px solid var(--line); padding-top: .6rem; font-size: 1.2em; font-weight: 650; }
.method { display: grid; grid-template-columns: auto 1fr; gap: 0 .75rem; align-items: center; cursor: pointer; }
.method:has(:checked) { border-color: var(--accent); }
.method input { grid-row: 1 / span 3; width: 1.15rem; height: 1.15rem; accent-color: var(--accent); }
.method span { grid-column: 2; }
.name { font-weight: 600; }
.fields { display: flex; flex-wrap: wrap; gap: .75rem .6rem; }
.field { flex: 1 1 100%; font-size: .9em; font-weight: 500; }
.short { flex: 1 7rem; }
.long { flex: 3 11rem; }
.field input { display: block; font: inherit; font-size: 1rem; width: 100%; margin: .2rem 0; color: inherit; background: transparent; border-color: light-dark(#84909a, #76848e); }
[aria-invalid="true"] { outline: 2px solid var(--bad); }
.error, .bad h2 { color: var(--bad); }
button { font: inherit; font-weight: 600; color: var(--accent); background: transparent; border-color: currentColor; cursor: pointer; justify-self: start; }
.note button { margin-top: .6rem; }
.pay { justify-self: stretch; color: var(--on-accent); background: var(--accent); }
[aria-disabled="true"] { opacity: .7; cursor: progress; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.note { border-inline-start: .3rem solid var(--accent); }
.bad { border-inline-start-color: var(--bad); }
.result h2 { font-size: 1.25rem; line-height: 1.3; color: var(--accent); }
progress { width: 100%; accent-color: var(--accent); }
.live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
`;

const PREFIX = "checkout-button";
const PAID = ["captured", "partially_refunded", "refunded"];
const HOUR = 3600e3;

// Where an address surely needs a postcode, a state or a province.
const WITH_POSTCODE = "AT AU BE CA CH CN CZ DE DK ES FI FR GB IT JP KR NL NO PL PT SE US";
const WITH_REGION = "AE AR AU BR CA CN ID IN JP MX MY TH US";

/** The browser's, or the page's own memory. @param {"localStorage" | "sessionStorage"} name */
function storage(name) {
  try {
    window[name].setItem(PREFIX, "");
    return window[name];
  } catch {
    /** @type {Map<string, string>} */
    const map = new Map();
    return { getItem: map.get.bind(map), setItem: map.set.bind(map), removeItem: map.delete.bind(map) };
  }
}
const local = storage("localStorage"), session = storage("sessionStorage");

/** @param {string} name @returns {any} */
function recall(name, from = local) {
  try { return JSON.parse(from.getItem(PREFIX + name) ?? "null"); } catch { return null; }
}

/** @param {string} name @param {unknown} value undefined: forget it */
function remember(name, value, to = local) {
  if (value === undefined) to.removeItem(PREFIX + name);
  else to.setItem(PREFIX + name, JSON.stringify(value));
}

/**
 * The carts of an API, the last one first. A result is shown for half an hour; a payment
 * that came to nothing leaves the shop's table after thirty days.
 * @param {string} api
 */
function carts(api) {
  return Object.keys(local).filter((key) => key.startsWith(`${PREFIX}|${api}|`)).map((key) => key.slice(PREFIX.length))
    .map((name) => ({ name, .../** @type {Memory} */ (recall(name)) }))
    .filter(({ name, at, payment }) => {
      const old = Date.now() - at > (PAID.includes(payment?.status ?? "") ? HOUR / 2 : 60 * 24 * HOUR);
      if (old) remember(name, undefined);
      return !old && payment;
    })
    .sort((a, b) => b.at - a.at);
}

/**
 * The way back from the provider, taken once: its query goes out of the address, since a
 * reload has nothing to do with it any more.
 * @param {ReturnType<typeof carts>} left
 */
function takeReturn(left) {
  const query = new URLSearchParams(location.search);
  const how = query.get("checkout"), order = query.get("token");
  if (how !== "return" && how !== "cancel") return undefined;
  for (const name of ["checkout", "token", "PayerID"]) query.delete(name);
  history.replaceState(history.state, "", location.pathname + (query.size ? `?${query}` : "") + location.hash);
  return { how, name: (left.find(({ payment }) => order && payment?.next.url?.includes(order)) ?? left[0])?.name };
}

/** Milliseconds, or until the connection is back. @param {number} time */
const pause = (time) => new Promise((go) => {
  setTimeout(go, time);
  addEventListener("online", go, { once: true });
});

/**
 * An element. Text is only ever text.
 * @param {string} tag @param {Record<string, string | boolean | undefined>} attributes @param {any[]} children
 */
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** Tells texts apart. @param {string} text */
const mark = (text) => [...text].reduce((sum, c) => (Math.imul(sum, 31) + (c.codePointAt(0) ?? 0)) | 0, 7).toString(36) + text.length;

/** @param {string} tag */
const sentences = (tag) => SENTENCES[/^zh(-Hans|(?!.*-(Hant|TW|HK|MO)))/.test(tag) ? "zh-Hans" : tag.split("-")[0]] ?? SENTENCES.en;

/** A quote's claims; the API checks who signed them. @param {string} quote @returns {any} */
function claims(quote) {
  const text = atob(quote.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(text, (c) => c.charCodeAt(0))));
}

class CheckoutButton extends HTMLElement {
  static observedAttributes = ["api", "cart", "quote", "country", "currency", "language", "reference"];

  #box = h("div", { class: "box", part: "box" });
  #live = h("p", { class: "live", role: "status" });
  #run = 0; // of beginnings: an older one is over
  #busy = false; // a click is being seen to
  #shown = ""; // what the payment was when it was shown last
  #paid = ""; // the payment that this page was told of
  #elsewhere = false; // the buyer left from another browser
  /** @type {{from: string, to: string} | undefined} a payment in place of the cart in the attributes */
  #instead;
  /** @type {Purchase} */
  #purchase = { api: "", name: "", query: {}, body: {} };
  /** @type {Offer | undefined} */
  #offer;
  /** @type {{language?: string, texts?: Record<string, string>}} */
  #words = {};
  /** @type {Record<string, string>} what the buyer typed: kept in this tab, until it is paid */
  #draft = {};

  constructor() {
    super();
    const sheet = new CSSStyleSheet(); // which a policy without inline styles allows
    sheet.replaceSync(STYLE);
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    root.append(this.#box, this.#live);
  }

  connectedCallback() {
    addEventListener("storage", this);
    addEventListener("pageshow", this);
    this.attributeChangedCallback();
  }

  disconnectedCallback() {
    removeEventListener("storage", this);
    removeEventListener("pageshow", this);
    this.#run++;
  }

  /** What changes together is one change. */
  attributeChangedCallback() {
    const run = ++this.#run;
    queueMicrotask(() => { if (run === this.#run && this.isConnected) this.#start(); });
  }

  /** Back as it was, or another tab knows. @param {any} event */
  handleEvent({ persisted, key }) {
    const status = this.#memory.payment?.status ?? "";
    if (persisted || (key === PREFIX + this.#name && !this.#busy && ![this.#shown, "awaiting_approval"].includes(status))) this.#start();
  }

  get #language() {
    const tag = this.getAttribute("language") || this.closest("[lang]")?.getAttribute("lang") || navigator.language;
    try { return new Intl.Locale(tag).baseName; } catch { return "en"; }
  }

  get #name() { return this.#instead?.to ?? this.#purchase.name; }

  /** @returns {Memory} */
  get #memory() { return recall(this.#name) ?? { at: Date.now() }; }

  /** @param {Partial<Memory>} change */
  #note(change) { remember(this.#name, { ...this.#memory, ...change }); }

  /** @param {string} key @param {Record<string, string>} [values] */
  #say(key, values = {}) {
    const text = this.#words.texts?.[key] ?? sentences(this.#language)[key] ?? "";
    return text.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);
  }

  /** An amount as the API has written it, now or before the buyer left. @param {Amount} sum */
  #money({ currency, value, text }) {
    const { total } = this.#memory;
    return text || (total?.value === value && total.currency === currency && total.text) || `${currency} ${value}`;
  }

  /** @param {string} name @param {object} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`checkout-${name}`, { detail, bubbles: true, composed: true }));
  }

  // ---- the API

  /**
   * One request. Status 0 is no answer of the API's: what was asked for may have happened.
   * @param {string} path @param {object} [body] @param {string} [method] @returns {Promise<Answer>}
   */
  async #call(path, body, method = body ? "POST" : "GET") {
    const { key = "", token = "" } = this.#memory;
    const headers = {
      "accept-language": this.#language, ...(body && { "content-type": "application/json" }),
      ...(path === "/payments" && { "idempotency-key": key }), ...(path.startsWith("/payments/") && { "checkout-token": token }),
    };
    try {
      const answer = await fetch(this.#purchase.api + path, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(method === "GET" ? 12e3 : 30e3) });
      const found = await (path.includes("/receipt?") ? answer.blob() : answer.json());
      const kind = (found.type ?? "").split(":").pop();
      return {
        status: answer.status, body: found, payment: found.payment ?? (found.next && found), kind,
        detail: [kind, found.detail ?? found.title ?? found.message].join(" ").trim(), wait: Number(answer.headers.get("retry-after")) * 1000,
      };
    } catch (fault) {
      return { status: 0, kind: "", detail: String(fault), wait: 0 };
    }
  }

  /** The ways to pay, and with them all texts. @param {Record<string, string>} query @param {object} [body] */
  async #load(query, body) {
    const language = this.#language;
    const answer = await this.#call(`/payment-methods?${new URLSearchParams({ ...query, language })}`, body);
    if (!answer.body?.texts) return answer.status === 200 ? { ...answer, status: 0 } : answer;
    this.#offer = answer.body;
    this.#words = { language, texts: answer.body.texts };
    remember(".texts", this.#words);
    return answer;
  }

  // ---- beginning

  /** Shows where the purchase stands. */
  async #start() {
    this.#run++;
    this.#busy = false;
    this.#words = recall(".texts") ?? {};
    this.#draft = recall(".draft", session) ?? {};
    const purchase = this.#read();
    if (typeof purchase === "string") return purchase ? this.#refuse("setup", purchase) : undefined;
    this.#purchase = purchase;
    const { api, name } = purchase;
    const known = carts(api), back = takeReturn(known);
    // The shop may have emptied its cart.
    const to = back?.name ?? (name ? undefined : known.find(({ payment }) => !this.#owed(payment))?.name);
    if (to) this.#instead = { from: name, to };
    else if (this.#instead?.from !== name) this.#instead = undefined;
    const { payment } = this.#memory;
    if (back?.how === "return") {
      this.scrollIntoView({ block: "nearest" });
      if (to) return this.#settle();
      this.#elsewhere = true;
    }
    if (this.#elsewhere) { // and may have paid: nothing is offered
      await this.#learn();
      return this.#result("", this.#say("elsewhere"), this.#anew("start_over"));
    }
    return payment ? this.#resume(payment, back !== undefined) : this.#ask();
  }

  /** What the attributes say, or what is wrong with them: "" where they are still to come. @returns {Purchase | string} */
  #read() {
    const [api, quote, cart, country, currency, reference] = ["api", "quote", "cart", "country", "currency", "reference"].map((name) => this.getAttribute(name)?.trim() ?? "");
    if (!/^https?:\/\/./.test(api)) return cart || quote ? 'the attribute api needs an address: api="https://…"' : "";
    if (!isSecureContext) return "the page needs https, or localhost";
    const at = api.replace(/\/+$/, "");
    if (quote) return this.#readQuote(at, quote);
    /** @type {Map<string, number>} */
    const count = new Map();
    for (const pair of cart.split(",")) {
      const [, sku, quantity = 1] = /^\s*(.+?)(?::(\d+))?\s*$/.exec(pair) ?? [];
      if (sku && Number(quantity)) count.set(sku, (count.get(sku) ?? 0) + Number(quantity));
    }
    const lines = [...count].sort(([a], [b]) => (a < b ? -1 : 1)).map(([sku, quantity]) => ({ sku, quantity }));
    const text = lines.map(({ sku, quantity }) => `${sku.replace(/[%,]/g, encodeURIComponent)}:${quantity}`).join(",");
    if (text && !(/^[A-Z]{2}$/.test(country) && /^[A-Z]{3}$/.test(currency))) return 'the attributes country and currency need capitals: "DE", "EUR"';
    return {
      api: at, name: text && ["", at, text, country, currency, reference].join("|"), query: { country, currency, cart: text },
      body: { cart: lines, country, currency, ...(reference && { reference }) },
    };
  }

  /** @param {string} api @param {string} quote */
  #readQuote(api, quote) {
    try {
      return { api, name: ["", api, claims(quote).jti].join("|"), query: {}, body: { quote } };
    } catch {
      return "the attribute quote is not a signed quote";
    }
  }

  /** Shows the ways to pay. @param {Note} [note] */
  async #ask(note) {
    const { name, query, body } = this.#purchase, run = this.#run;
    this.#box.hidden = !name; // an empty cart has nothing to pay
    if (!name) return;
    this.#showWaiting();
    const answer = await this.#load(query, query.cart ? undefined : body);
    if (run !== this.#run) return;
    const { methods, total } = this.#offer ?? { methods: [] };
    if (answer.status === 200 && methods.length) {
      if (!this.#memory.key) this.#note({ key: crypto.randomUUID(), at: Date.now() });
      this.#showForm(note);
      return this.#tell("ready", { total });
    }
    const key = answer.status === 200 ? "no_methods" : await this.#reason(answer, "unreachable", "setup");
    if (run === this.#run) this.#refuse(key, answer.detail || "no method fits this cart");
  }

  /** Sees to texts in the buyer's language, without a cart. */
  async #learn() {
    const { country, currency } = this.#purchase.query, total = this.#memory.payment?.total;
    if (this.#words.language !== this.#language) await this.#load({ country: country || "US", currency: total?.currency ?? (currency || "USD"), amount: total?.value ?? "1" });
  }

  /** The text that fits a refusal: by its kind, if there is one. @param {Answer} answer @param {string} passes @param {string} stays */
  async #reason({ status, kind }, passes, stays) {
    if (status) await this.#learn();
    if (!navigator.onLine && this.#words.texts) return "offline";
    return this.#words.texts?.[kind] ? kind : !status || status === 429 || status >= 500 ? passes : stays;
  }

  /**
   * A purchase that was begun before, maybe in a tab closed after the approval: so it is
   * captured, unless its buyer has just turned back. A paid one may be refunded since.
   * @param {Payment} payment @param {boolean} turned
   */
  async #resume(payment, turned) {
    const run = this.#run, path = `/payments/${payment.id}`, paid = PAID.includes(payment.status);
    if (this.#paid === payment.id) return this.#showPaid(payment);
    this.#showWaiting();
    const answer = await (turned || paid ? this.#call(path) : this.#call(`${path}/capture`, undefined, "POST"));
    if (run !== this.#run) return;
    if (answer.status === 202) return this.#settle();
    const { payment: now } = answer;
    if (paid) return this.#showPaid(now && PAID.includes(now.status) ? now : payment);
    if (now) return this.#follow(now);
    return answer.status === 404 ? this.#lose() : this.#refuse("unreachable", answer.detail);
  }

  /** Not found is not over: the key meets the payment if it is there. @param {Note} [note] */
  #lose(note) {
    this.#note({ payment: undefined, token: undefined });
    return this.#ask(note);
  }

  // ---- paying

  /** @param {Choice} choice */
  async #pay(choice) {
    const run = ++this.#run;
    this.#busy = true;
    remember(".method", choice.method.method);
    remember(".draft", this.#draft, session);
    this.#showLeaving(choice);
    // One tab at a time: what it learns, the next one knows.
    const answer = await navigator.locks.request(PREFIX + this.#name, () => this.#insist(choice));
    if (run !== this.#run) return;
    this.#busy = false;
    const { payment, kind, status, detail } = answer;
    if (payment && !(kind === "attempt-refused" && this.#owed(payment))) return this.#follow(payment, true);
    console.error(`checkout-button: ${status} ${detail}`);
    if (kind === "not-found") return this.#lose({ key: "lost" });
    if (kind === "quote-expired") return this.#refuse(kind, detail);
    const key = await this.#reason(answer, "busy", "failed");
    if (run !== this.#run) return;
    this.#showForm({ key, bad: true, over: ["attempt-refused", "key-reused"].includes(kind) });
    this.#tell("error", { reason: kind || key, message: this.#say(key) });
  }

  /** Repeats what got no answer: its key makes it one. @param {Choice} choice */
  async #insist(choice) {
    const run = this.#run;
    for (let tries = 1; ; tries++) {
      const answer = await this.#open(choice);
      if (run !== this.#run || (answer.status && answer.status !== 503) || (navigator.onLine && tries > 2)) return answer;
      if (!navigator.onLine) this.#showNote({ key: "offline" });
      await pause(navigator.onLine ? answer.wait || 1000 * tries : HOUR);
      this.#showLeaving(choice);
    }
  }

  /** Whether the buyer has to act. @param {Payment} [payment] */
  #owed(payment) { return payment?.next.action === "redirect" || payment?.next.action === "attempt"; }

  /**
   * Opens the payment, or finds it. Where its order was opened for another choice
   * (another method, another address), or is over, a new attempt takes its place.
   * @param {Choice} choice @returns {Promise<Answer>}
   */
  async #open({ method, shipping, payer, mark }) {
    const wish = { method: method.method, language: this.#language, shipping, payer };
    const { asked = mark, payment: known } = this.#memory;
    this.#note({ asked, label: method.name, total: this.#offer?.total });
    if (!known || asked === mark) {
      const answer = await this.#call("/payments", { ...this.#purchase.body, ...wish });
      if (answer.payment) this.#keep(answer.payment);
      if (answer.status === 201) this.#note({ asked: mark });
      if (answer.status !== 200 || !this.#owed(answer.payment) || (asked === mark && answer.payment?.next.action === "redirect")) return answer;
    }
    const { payment } = this.#memory;
    const answer = await this.#call(`/payments/${payment?.id}/attempts`, { after: payment?.attempt, ...wish });
    if (answer.status === 200 || answer.status === 201) this.#note({ asked: mark });
    return answer;
  }

  /** On return a payment is known by where the buyer went. @param {Payment & {token?: string}} shown */
  #keep({ token, ...payment }) {
    const { payment: before, at } = this.#memory;
    const next = { url: before?.next.url, ...payment.next };
    this.#note({ payment: { ...payment, next }, at: PAID.includes(before?.status ?? "") && PAID.includes(payment.status) ? at : Date.now(), ...(token && { token }) });
  }

  /** @param {Payment} payment @param {boolean} [clicked] */
  #follow(payment, clicked = false) {
    this.#keep(payment);
    const { action, url = "" } = payment.next;
    if (action === "capture" || action === "wait") return this.#settle();
    if (!clicked || action !== "redirect" || !/^https?:/.test(url)) return this.#show(payment);
    this.#busy = true; // until the page is gone, or back
    this.#tell("redirect", { id: payment.id, method: payment.method });
    location.assign(url);
  }

  /** Takes what the buyer approved, until it is known how that went. */
  async #settle() {
    const run = this.#run;
    this.#showChecking("taking");
    for (let wait = 1000; run === this.#run; wait = Math.min(wait * 2, 30e3)) {
      const { payment } = this.#memory, path = `/payments/${payment?.id}`;
      // Pending may last days: the table is asked, not the provider.
      const answer = await (wait > 1000 && payment?.status === "pending" ? this.#call(path) : this.#call(`${path}/capture`, undefined, "POST"));
      if (run !== this.#run) return;
      if (answer.status === 404) return this.#lose({ key: "lost" });
      if (answer.payment) this.#keep(answer.payment);
      if (answer.payment && answer.status !== 202 && !["capture", "wait"].includes(answer.payment.next.action)) return this.#show(answer.payment);
      const { status, next } = answer.payment ?? {};
      this.#showChecking(!navigator.onLine ? "offline" : status !== "pending" ? "checking" : next?.url ? "transfer" : status, next?.url);
      await pause(Math.max(wait, answer.wait));
    }
  }

  // ---- showing

  /** @param {Payment} payment */
  #show(payment) {
    const { id, status, reference } = payment;
    if (PAID.includes(status)) return this.#showPaid(payment);
    this.#shown = status;
    if (status === "declined") this.#tell("declined", { id, reference });
    return this.#ask({ key: status === "awaiting_approval" ? "unpaid" : status, bad: status === "declined" });
  }

  /** Shows something and has it read out. @param {string} said @param {Node} content */
  #stage(said, content) {
    const focused = this.shadowRoot?.activeElement;
    this.#box.hidden = false;
    this.#box.setAttribute("lang", this.#words.language ?? this.#language);
    this.#box.replaceChildren(content);
    this.#live.textContent = said;
    const head = this.#box.querySelector("h2, button");
    if (focused && head instanceof HTMLElement) {
      if (head.tagName === "H2") head.tabIndex = -1;
      head.focus();
    }
  }

  /** @param {string} head @param {string} text @param {any[]} more */
  #result(head, text, ...more) {
    this.#stage(`${head} ${text}`, h("section", { class: "result", part: "result" }, head && h("h2", {}, head), h("p", {}, text), ...more));
  }

  #showWaiting() {
    if (!this.#box.hasChildNodes()) this.#stage("", h("progress", { "aria-hidden": "true" }));
  }

  /** @param {string} key @param {string} [url] */
  #showChecking(key, url) {
    const { payment, label = "" } = this.#memory;
    if (this.#shown === key) return;
    this.#shown = key;
    const head = this.#say(key === "offline" ? "checking" : key), text = this.#say(key === "offline" ? key : `${key}_text`, { method: label });
    this.#result(head, text, url && payment && this.#order({ total: payment.total }), url && h("a", { href: url }, this.#say(`${key}_link`)), h("progress", { "aria-hidden": "true" }));
    if (key !== "taking") this.#tell("pending", { id: payment?.id, status: payment?.status });
  }

  /** @param {Payment} payment */
  async #showPaid({ id, method, total, status, reference }) {
    const run = this.#run;
    await this.#learn();
    if (run !== this.#run) return;
    const before = this.#shown, head = this.#say(status === "refunded" ? status : "paid");
    const text = status === "refunded" ? "" : this.#say("paid_text", { amount: this.#money(total), method: this.#memory.label ?? method });
    remember(".draft", undefined, session);
    this.#shown = status;
    this.#result(head, text, h("p", { class: "soft" }, this.#say("number", { id })), this.#button("receipt", () => this.#receipt(id)), this.#purchase.query.cart && this.#name === this.#purchase.name && this.#anew("again"));
    // Once: a shop empties its cart then, which may be bought again.
    if (this.#paid !== id && (before || !this.#memory.told)) this.#tell("paid", { id, reference, status, total });
    this.#paid = id;
    this.#note({ told: true });
  }

  /** @param {string} key @param {() => void} press */
  #button(key, press) {
    const button = h("button", { type: "button", part: key }, this.#say(key));
    button.addEventListener("click", press);
    return button;
  }

  /** Begins another purchase, with a key of its own. @param {string} key */
  #anew(key) {
    return this.#button(key, () => {
      remember(this.#name, undefined);
      this.#instead = undefined;
      this.#elsewhere = false;
      this.#shown = "";
      this.#start();
    });
  }

  /** As a file: this page's policy would take a receipt's style. @param {string} id */
  async #receipt(id) {
    const answer = await this.#call(`/payments/${id}/receipt?language=${this.#language}`);
    if (answer.status === 200) h("a", { href: URL.createObjectURL(answer.body), download: `${id}.html` }).click();
    else this.#live.textContent = this.#say("busy");
  }

  /**
   * One sentence where nothing can be paid, and the fault for whoever made the page. What
   * may pass is tried again.
   * @param {string} key @param {string} fault
   */
  async #refuse(key, fault) {
    const run = this.#run;
    console.error(`checkout-button: ${fault}`);
    const text = this.#say(key);
    this.#result("", text);
    this.#tell("error", { reason: key, message: text });
    await pause(15e3);
    if (run === this.#run && ["unreachable", "offline"].includes(key)) this.#start();
  }

  /** @param {Note} note */
  #showNote({ key, values, bad, over }) {
    const text = this.#say(key, values), more = this.#say(`${key}_text`);
    this.#box.querySelector(".place")?.replaceChildren(h("div", { class: bad ? "note bad" : "note", part: "note" }, more && h("h2", {}, text), h("p", {}, more || text),
      over && this.#anew("start_over")));
    this.#live.textContent = `${text} ${more}`;
  }

  /** @param {Choice} choice */
  #showLeaving({ method }) {
    this.#box.querySelector(".pay")?.setAttribute("aria-disabled", "true");
    this.#showNote({ key: "leaving", values: { method: method.name } });
  }

  // ---- the form

  /** @param {Note} [note] */
  #showForm(note) {
    const offer = /** @type {Offer} */ (this.#offer);
    const payer = h("div", {});
    const form = /** @type {HTMLFormElement} */ (h("form", { novalidate: true, part: "form" },
      this.#order(offer), this.#methods(offer.methods), offer.shipping && this.#address(offer.country), payer, h("div", { class: "place" }),
      h("button", { class: "pay", part: "pay" }, this.#say("pay", { amount: this.#money(offer.total) }))));
    const chosen = () => offer.methods.find(({ method }) => method === this.#draft.method) ?? offer.methods[0];
    const read = () => { for (const [name, value] of new FormData(form)) this.#draft[name] = String(value).trim(); };
    const askPayer = () => payer.replaceChildren(this.#payer(chosen().needs ?? []));
    form.addEventListener("input", read);
    form.addEventListener("change", ({ target }) => { if (target instanceof HTMLInputElement && target.type === "radio") askPayer(); });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#busy || !this.#check(form)) return;
      read();
      this.#pay(this.#choose(chosen()));
    });
    read();
    askPayer();
    this.#stage("", form);
    if (note) this.#showNote(note);
  }

  /** @param {Order} order */
  #order({ lines = [], parts = [], total }) {
    const row = (/** @type {string} */ name, /** @type {Amount} */ sum, style = "soft") => h("div", { class: style }, h("dt", {}, name), h("dd", {}, this.#money(sum)));
    return h("dl", { part: "order" },
      ...lines.map(({ name, quantity, total }) => row(quantity > 1 ? `${quantity} × ${name}` : name, total, "")),
      ...parts.filter(({ kind }) => kind !== "lines").map(({ text, total }) => row(text, total)), row(this.#say("total"), total, "total"));
  }

  /** The ways to pay; the one this buyer took before stands first, unless it fares badly. @param {Method[]} methods */
  #methods(methods) {
    const before = recall(".method"), first = methods.find(({ method, notice }) => method === before && !notice) ?? methods[0];
    const checked = methods.find(({ method }) => method === this.#draft.method) ?? first;
    return h("fieldset", { part: "methods" }, h("legend", {}, this.#say("methods")), ...[first, ...methods.filter((m) => m !== first)].map((m) => h("label", { class: "method", part: "method" },
      h("input", { type: "radio", name: "method", value: m.method, checked: m === checked }),
      h("span", { class: "name", part: `icon icon-${m.icon}` }, m.name), h("span", { class: "soft" }, m.text), m.notice && h("span", { class: "error" }, m.notice))));
  }

  /** @param {string} country */
  #address(country) {
    const where = new Intl.DisplayNames([this.#language], { type: "region" }).of(country) ?? country;
    const fields = [
      this.#field("name", "shipping name"), this.#field("line", "shipping address-line1"), this.#field("line2", "shipping address-line2", { required: false }),
      this.#field("postcode", "shipping postal-code", { most: 60, required: WITH_POSTCODE.includes(country), style: "short" }),
      this.#field("city", "shipping address-level2", { most: 120, style: "long" }), WITH_REGION.includes(country) && this.#field("region", "shipping address-level1"),
    ];
    return h("fieldset", { part: "address" }, h("legend", {}, this.#say("delivery", { country: where })), h("div", { class: "fields" }, ...fields));
  }

  /** What a method has to know of the buyer. @param {string[]} needs */
  #payer(needs) {
    return needs.length ? h("fieldset", { part: "payer" }, h("legend", {}, this.#say("payer")), h("div", { class: "fields" },
      needs.includes("name") && this.#field("payer_name", "name", { label: "name" }), needs.includes("email") && this.#field("email", "email", { most: 254 }))) : "";
  }

  /** @param {string} name @param {string} autocomplete @param {{most?: number, required?: boolean, style?: string, label?: string}} how most: characters */
  #field(name, autocomplete, { most = 300, required = true, style = "", label = name } = {}) {
    const id = `${name}-error`;
    return h("label", { class: `field ${style}` }, this.#say(label),
      h("input", { name, autocomplete, maxlength: String(most), type: name === "email" ? name : "text", "aria-required": String(required), "aria-describedby": id, value: this.#draft[name] }),
      h("span", { class: "error", id }));
  }

  /** Names each fault at its field. @param {HTMLFormElement} form */
  #check(form) {
    const faulty = [...form.querySelectorAll("input")].filter((input) => {
      const missing = input.ariaRequired === "true" && !input.value.trim();
      const fault = missing ? this.#say("missing") : input.validity.typeMismatch ? this.#say("email_wrong") : "";
      const place = this.#box.querySelector(`#${input.name}-error`);
      if (place) place.textContent = fault;
      input.ariaInvalid = String(Boolean(fault));
      return fault;
    });
    faulty[0]?.focus();
    return faulty.length === 0;
  }

  /** @param {Method} method @returns {Choice} */
  #choose(method) {
    const { name, line, line2, city, region = "", postcode, payer_name, email } = this.#draft, { country, shipping: physical } = /** @type {Offer} */ (this.#offer);
    const shipping = physical ? { name, lines: [line, line2].filter(Boolean), city, region, postcode, country } : undefined;
    const { needs } = method, payer = needs?.length ? { name: needs.includes("name") ? payer_name : undefined, email: needs.includes("email") ? email : undefined } : undefined;
    return { method, shipping, payer, mark: mark(JSON.stringify([method.method, shipping, payer])) };
  }
}

customElements.define("checkout-button", CheckoutButton);
