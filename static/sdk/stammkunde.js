/* Stammkunde in the pages of a shop: docs/sdk.md. Nothing is stored or sent before the visitor's consent. */
(() => {
  "use strict";

  const PREFIX = "stammkunde.";
  const MESSAGE = `${PREFIX}m.`; // each message is an entry of its own, so that tabs cannot lose each other's
  const MOST_KEPT = 200;
  const MOST_WAITING = 100; // of what happens before the visitor has answered
  const MOST_SENT = 50;
  const MOST_BYTES = 60_000; // what browsers carry for a page that is being left
  const OLDEST = 7 * 24 * 3600 * 1000;
  const SOON = 300;
  const LONGEST_PAUSE = 300_000;

  const script = document.currentScript;
  const early = Array.isArray(window.stammkunde) ? window.stammkunde : [];
  const memory = new Map(); // for browsers that refuse to store

  let key = "";
  let host = script ? new URL(script.src).origin : "";
  let waiting = []; // null once the visitor has answered
  let timer = 0;
  let pause = 0;
  let stopped = false;
  let last = 0;

  // --- What is kept ---

  const store = (() => {
    try {
      localStorage.getItem(PREFIX);
      return localStorage;
    } catch {
      return null;
    }
  })();

  const read = (name) => {
    const value = memory.get(name);
    return value === undefined && store ? store.getItem(name) : (value ?? null);
  };

  const write = (name, value) => {
    try {
      store.setItem(name, value);
      memory.delete(name);
    } catch {
      memory.set(name, value);
    }
  };

  const drop = (name) => {
    memory.delete(name);
    if (store) store.removeItem(name);
  };

  const names = () => [...memory.keys(), ...(store ? Object.keys(store) : [])];
  const kept = () => names().filter((name) => name.startsWith(MESSAGE)).sort();
  const agreed = () => read(`${PREFIX}consent`) === "granted";
  const say = (text) => console.warn(`Stammkunde: ${text}`);
  const random = () =>
    crypto.randomUUID ? crypto.randomUUID() : [...crypto.getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");

  const visitor = () => {
    if (!agreed()) return null;
    if (!read(`${PREFIX}id`)) write(`${PREFIX}id`, random());
    return read(`${PREFIX}id`);
  };

  // --- Telling ---

  // Of two things in one moment the first is the earlier: put in and taken out again is not taken out and put in.
  const tick = () => (last = Math.max(last + 1, Date.now()));

  const message = (type, fields) => ({
    ...fields,
    type,
    messageId: random(),
    timestamp: new Date(tick()).toISOString(),
    context: {
      ...fields.context,
      locale: navigator.language,
      page: { path: location.pathname, referrer: document.referrer, title: document.title, url: location.href },
    },
  });

  // A browser never changes its owner: somebody else is a new visitor.
  const own = (userId) => {
    const owner = read(`${PREFIX}user`);
    if (owner && owner !== userId) api.reset();
    write(`${PREFIX}user`, userId);
  };

  const keep = (told) => {
    if (told.userId) own(told.userId);
    const old = kept();
    old.slice(0, Math.max(0, old.length - MOST_KEPT + 1)).forEach(drop);
    write(`${MESSAGE}${Date.parse(told.timestamp)}.${told.messageId}`, JSON.stringify({ ...told, anonymousId: visitor() }));
    later(SOON);
  };

  const tell = (type, fields) => {
    const told = message(type, fields);
    if (agreed()) keep(told);
    else if (waiting && waiting.length < MOST_WAITING) waiting.push(told);
  };

  // --- Sending ---

  const later = (milliseconds) => {
    if (timer || stopped || !key) return;
    timer = setTimeout(() => {
      timer = 0;
      flush();
    }, milliseconds);
  };

  const backOff = (seconds) => {
    pause = Math.min(LONGEST_PAUSE, Math.max(1000, pause * 2));
    later(Math.max(pause * (0.5 + Math.random() / 2), 1000 * seconds));
  };

  const parcel = () => {
    const chosen = [];
    let bytes = 0;
    for (const name of kept()) {
      if (Date.now() - Number(name.slice(MESSAGE.length).split(".")[0]) > OLDEST) {
        drop(name);
        continue;
      }
      const text = read(name);
      if (text === null) continue;
      bytes += text.length * 2;
      if (chosen.length && (chosen.length === MOST_SENT || bytes > MOST_BYTES)) break;
      chosen.push([name, text]);
    }
    return chosen;
  };

  const post = (parts) =>
    fetch(`${host}/api/v1/batch`, {
      method: "POST",
      body: `{"writeKey":${JSON.stringify(key)},"sentAt":"${new Date().toISOString()}","batch":[${parts.map((part) => part[1]).join(",")}]}`,
      headers: { "Content-Type": "text/plain" }, // so that the browser need not ask first
      credentials: "omit",
      keepalive: true,
    });

  const answered = async (response, parts) => {
    if (response.status === 429 || response.status >= 500) {
      backOff(Number(response.headers.get("Retry-After")) || 0);
      return;
    }
    const said = await response.json().catch(() => ({}));
    if (response.status === 401 || response.status === 403) {
      stopped = true; // the key is wrong for this page: what was told waits until that is mended
      say(said.reason);
      return;
    }
    parts.forEach((part) => drop(part[0]));
    (response.ok ? said.rejected || [] : [said]).forEach((refusal) => say(`refused: ${refusal.reason}`));
    pause = 0;
    if (kept().length) later(0);
  };

  const send = async () => {
    const parts = agreed() ? parcel() : [];
    if (!parts.length) return;
    let response;
    try {
      response = await post(parts);
    } catch {
      backOff(0);
      return;
    }
    await answered(response, parts);
  };

  // Of several tabs one sends. What two would send counts once all the same, by its messageId.
  const flush = () => {
    if (stopped || !key || !kept().length) return undefined;
    if (!navigator.locks) return send();
    return navigator.locks.request(`${PREFIX}sending`, { ifAvailable: true }, (lock) => (lock ? send() : later(1000)));
  };

  const leave = () => {
    const parts = document.visibilityState === "hidden" && agreed() && !stopped && key ? parcel() : [];
    if (parts.length) post(parts).then((response) => answered(response, parts), () => undefined);
  };

  // --- What pages call ---

  const about = (name) => (product) => tell("track", { event: name, properties: product || {} });

  const forget = () => names().filter((name) => name.startsWith(PREFIX)).forEach(drop);

  const api = {
    init(writeKey, options = {}) {
      key = writeKey;
      if (options.host) host = options.host.replace(/\/+$/, "");
      later(SOON);
    },
    consent(granted) {
      if (granted !== true && granted !== "granted") {
        waiting = null;
        forget();
        return;
      }
      write(`${PREFIX}consent`, "granted");
      const before = waiting || [];
      waiting = null;
      before.forEach(keep);
    },
    identify(userId, token, traits = {}) {
      if (!token) say("identify needs a token that the shop's server has signed; it will be refused.");
      tell("identify", { userId: String(userId), traits, context: { token } });
    },
    reset() {
      drop(`${PREFIX}id`);
      drop(`${PREFIX}user`);
    },
    track: (event, properties = {}) => tell("track", { event, properties }),
    page: (name = "", properties = {}) => tell("page", { name, properties: { url: location.href, ...properties } }),
    viewed: about("Product Viewed"),
    searched: (query) => tell("track", { event: "Products Searched", properties: { query } }),
    added: about("Product Added"),
    removed: about("Product Removed"),
    cart: about("Cart Viewed"),
    checkout: about("Checkout Started"),
    ordered: about("Order Completed"),
    favourited: about("Product Added to Wishlist"),
    unfavourited: about("Product Removed from Wishlist"),
    visitor,
    push(...calls) {
      calls.forEach(([name, ...values]) => {
        if (Object.hasOwn(api, name) && name !== "push") api[name](...values);
        else say(`there is no call “${name}”.`);
      });
    },
  };

  window.stammkunde = api;
  addEventListener("online", () => later(0));
  document.addEventListener("visibilitychange", leave);
  if (script?.dataset.key) api.init(script.dataset.key);
  if (script?.dataset.consent === "granted") api.consent(true);
  api.push(...early);
})();
