// What the element reads, keeps and tells, for whoever checks types: `tsc` over the
// element itself (tests/browser/run), and a shop that is written in TypeScript.

/** An amount as the API names it: a decimal, and how the buyer's language writes it. */
export interface Amount { currency: string; value: string; text?: string }

/** A way to pay. needs: "name", "email". */
export interface Method { method: string; name: string; text: string; icon: string; notice?: string; needs?: string[] }

/** What is to be paid, and what it is made of where that is known. */
export interface Order {
  total: Amount;
  lines?: { name: string; quantity: number; total: Amount }[];
  parts?: { kind: string; text: string; total: Amount }[];
}

/** GET and POST /payment-methods. */
export interface Offer extends Order {
  country: string;
  shipping?: boolean;
  methods: Method[];
  texts: Record<string, string>;
}

/** A payment as its buyer sees it. */
export interface Payment {
  id: string;
  status: string;
  total: Amount;
  attempt: number;
  method: string;
  reference?: string;
  next: { action: string; url?: string };
}

/** What came of a request; status 0 is none. kind is the last part of a problem's type, wait is in milliseconds. */
export interface Answer { status: number; kind: string; detail: string; wait: number; body?: any; payment?: Payment & { token?: string } }

/** What the attributes say. name tells this purchase from every other in the storage. */
export interface Purchase { api: string; name: string; query: Record<string, string>; body: object }

/** What is kept of a purchase across the way to the provider and back. asked marks the choice that the order was opened for, label and total are that method's name and the total shown. told: checkout-paid was. at: milliseconds. */
export interface Memory { key?: string; at: number; token?: string; payment?: Payment; asked?: string; label?: string; total?: Amount; told?: boolean }

/** What the buyer chose. mark tells one choice from another. */
export interface Choice { method: Method; shipping?: object; payer?: object; mark: string }

/** A text above the form, by its key. over: with a button that begins anew. */
export interface Note { key: string; values?: Record<string, string>; bad?: boolean; over?: boolean }

declare global {
  /** The element's events bubble, out of shadow trees too. */
  interface HTMLElementEventMap {
    "checkout-ready": CustomEvent<{ total: Amount }>;
    "checkout-redirect": CustomEvent<{ id: string; method: string }>;
    "checkout-pending": CustomEvent<{ id: string; status: string }>;
    "checkout-paid": CustomEvent<{ id: string; reference?: string; status: string; total: Amount }>;
    "checkout-declined": CustomEvent<{ id: string; reference?: string }>;
    "checkout-error": CustomEvent<{ reason: string; message: string }>;
  }
}
