// The demo shop: what any shop with a static page would write around the element. It
// keeps a cart, tells the element what is in it, and empties it once it is paid. What
// things cost is shown here and decided by the API.

import { watch } from "./counter.js";

const read = async (file) => (await fetch(file)).json();
const [{ api }, { products }, words] = await Promise.all([read("config.json"), read("prices.json"), read("words.json")]);

/** The currency in which each country is asked to pay. */
const currencies = { AT: "EUR", BE: "EUR", CN: "CNY", DE: "EUR", ES: "EUR", FR: "EUR", GB: "GBP", HU: "HUF", JP: "JPY", KR: "KRW", NL: "EUR", PL: "PLN", US: "USD" };

const checkout = document.getElementById("checkout");
const choices = document.getElementById("choices");

// ---- what the shop remembers ------------------------------------------------

const kept = JSON.parse(localStorage.getItem("harbour-goods") ?? "{}");
const state = { cart: {}, country: "DE", theme: "auto", language: preferred(), ...kept };

function keep() {
  localStorage.setItem("harbour-goods", JSON.stringify(state));
}

/** The first language of the browser's that the shop speaks. */
function preferred() {
  for (const tag of navigator.languages) {
    const found = Object.keys(words).find((language) => language.split("-")[0] === tag.split("-")[0]);
    if (found) return found;
  }
  return "en";
}

// ---- the shop's own page ------------------------------------------------------

const word = (name) => words[state.language][name];

/** What is sold in one currency alone makes the whole cart one in that currency. */
function currency() {
  const only = products.filter((p) => state.cart[p.sku] && Object.keys(p.prices).length === 1).map((p) => Object.keys(p.prices)[0]);
  return only[0] ?? currencies[state.country];
}

function price(product) {
  const [code, value] = product.prices[currency()] ? [currency(), product.prices[currency()]] : Object.entries(product.prices)[0];
  return new Intl.NumberFormat(state.language, { style: "currency", currency: code }).format(value);
}

function h(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function card(product) {
  const title = h("h2", { id: `name-${product.sku}` }, product.name);
  const count = h("input", { type: "number", name: product.sku, min: 1, max: 99, value: state.cart[product.sku] || 1, inputMode: "numeric", ariaLabel: `${word("count")}: ${product.name}` });
  const add = h("button", { type: "button", id: `add-${product.sku}` }, word("add"));
  add.setAttribute("aria-describedby", title.id);
  const put = () => {
    state.cart[product.sku] = Math.min(99, Math.max(0, Math.trunc(Number(count.value)) || 0));
    draw();
    document.getElementById(add.id).focus();
  };
  add.addEventListener("click", put);
  const notes = [product.physical ? word("ships") : word("download"), ...(Object.keys(product.prices).length === 1 ? [word("yen")] : [])];
  return h("li", {},
    h("img", { src: `pictures/${product.sku}.svg`, alt: "", width: 320, height: 240 }),
    h("div", { className: "about" }, title, h("p", {}, notes.join(" · "))),
    h("div", { className: "buy" }, h("span", { className: "price" }, price(product)), h("span", {}, count, " ", add)));
}

function draw() {
  keep();
  document.documentElement.lang = state.language;
  document.documentElement.dataset.theme = state.theme;
  for (const place of document.querySelectorAll("[data-word]")) place.textContent = word(place.dataset.word);
  const countries = new Intl.DisplayNames([state.language], { type: "region" });
  choices.elements.country.replaceChildren(...Object.keys(currencies).map((code) => h("option", { value: code }, countries.of(code))));
  for (const name of ["language", "country", "theme"]) choices.elements[name].value = state[name];
  document.getElementById("products").replaceChildren(...products.map(card));
  tell();
}

/** Tells the element what is to be paid for. */
function tell() {
  const cart = Object.entries(state.cart).filter(([, count]) => count > 0).map(([sku, count]) => `${sku}:${count}`).join(",");
  document.getElementById("empty").hidden = cart !== "" || checkout.dataset.result !== undefined;
  document.getElementById("clear").hidden = cart === "";
  const wanted = { api, cart, country: state.country, currency: currency(), language: state.language, reference: "HARBOUR" };
  for (const [name, value] of Object.entries(wanted)) {
    if (checkout.getAttribute(name) !== value) checkout.setAttribute(name, value);
  }
}

choices.addEventListener("change", ({ target }) => {
  state[target.name] = target.value;
  draw();
});

document.getElementById("clear").addEventListener("click", () => {
  state.cart = {};
  draw();
});

// ---- what the element tells -----------------------------------------------------

checkout.addEventListener("checkout-paid", () => {
  // The buyer's page says so; whether to send anything is asked of the merchant's API.
  checkout.dataset.result = "paid";
  state.cart = {};
  draw();
});
checkout.addEventListener("checkout-ready", () => { delete checkout.dataset.result; });

draw();
watch(checkout);
