// Stammkunde in the pages of a shop (docs/sdk.md): tells what a visitor looks at and puts in her cart, once she has
// agreed to it. No dependency and no build step: this file is what browsers get.
"use strict";

(() => {
  const NAME = "stammkunde"; // of the function, of the visitor's entry in localStorage, and before those of messages
  const MOST_WAITING = 300; // messages, of all tabs together
  const MOST_HELD = 100; // calls of this page before consent
  const MOST_BYTES = 60000; // of a request: a page that is left may have 64 KiB under way
  const MOST_OF_A_MESSAGE = 32000; // the server takes 32 KiB
  const OLDEST = 7 * 24 * 3600 * 1000;
  const GATHER = 1000; // milliseconds, so that what happens together travels together
  const LONGEST_PAUSE = 300000;
  const PATIENCE = 30000;
  const LONGEST_REFERRAL = 500; // characters; what is longer is none of ours
  const COUPON = `${NAME}-coupon`; // before what a coupon's link brings along, and its entry in sessionStorage
  const WELL_FORMED = /^[\w.:-]{1,500}$/; // a signed link, or a code
  const HEARD = 200; // until other tabs, which may be other processes, see what was taken out of the storage
  const EVENTS = {
    "product.viewed": "Product Viewed",
    "cart.add": "Product Added",
    "cart.remove": "Product Removed",
    "cart.viewed": "Cart Viewed",
    "wishlist.add": "Product Added to Wishlist",
    "wishlist.remove": "Product Removed from Wishlist",
  };

  const early = window[NAME] || {}; // the snippet's function, with the calls that came before this file
  if (early.loaded) return;
  const warn = (...words) => console.warn(`${NAME}:`, ...words);
  const random = () =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const bytes = (text) => new TextEncoder().encode(text).length;

  const file = document.currentScript ? document.currentScript.src : "";
  let key = "";
  let token = ""; // what the shop's server has signed for this page
  let host = file && new URL(file).origin;
  // What a friend's link has brought along. Only this page knows it until the visitor agrees.
  let brought = new URLSearchParams(location.hash.slice(1)).get(`${NAME}-referral`) || "";
  let latest = 0;
  // Never twice the same, so that what came first in a page is first on the server.
  const moment = () => (latest = Math.max(Date.now(), latest + 1));

  // --- What the browser keeps: an entry for the visitor and one for each waiting message. Read anew each time, since
  // other tabs write too; a message has its own entry, so that no tab overwrites another's. ---

  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(NAME)) || {};
    } catch {
      return {}; // without storage there is no consent to know of
    }
  };
  const write = (state) => localStorage.setItem(NAME, JSON.stringify(state));
  const ready = () => key && read().consent === "granted";

  const mine = new Set(); // the waiting messages of this page
  const flying = new Set(); // those that a request of this page carries
  let stopped = false; // the key does not work here: this page asks no more

  // Their names go on with the time in base 36, so they sort by it.
  const kept = () => Object.keys(localStorage).filter((name) => name.startsWith(`${NAME}.`)).sort();
  const forget = (name) => {
    localStorage.removeItem(name);
    mine.delete(name);
  };

  const waiting = () => {
    if (stopped || !ready()) return [];
    const oldest = `${NAME}.${(Date.now() - OLDEST).toString(36)}`;
    kept().forEach((name) => name < oldest && forget(name));
    return kept().filter((name) => !flying.has(name));
  };

  const store = (name, text) => {
    const there = kept();
    while (there.length >= MOST_WAITING) forget(there.shift());
    for (;;) {
      try {
        return localStorage.setItem(name, text);
      } catch (full) {
        if (!there.length) throw full;
        forget(there.shift());
      }
    }
  };

  const visitor = () => {
    const state = read();
    if (!state.id) write(Object.assign(state, { id: random() }));
    return state.id;
  };

  const tell = (at, message) => {
    const messageId = `${at.toString(36)}-${random()}`;
    const text = JSON.stringify({ ...message, messageId, anonymousId: visitor(), timestamp: new Date(at) });
    if (bytes(text) > MOST_OF_A_MESSAGE) return warn("too large, and left out:", message.event || message.type);
    store(`${NAME}.${messageId}`, text);
    mine.add(`${NAME}.${messageId}`);
    schedule(GATHER);
  };

  // --- Sending: one tab at a time, and again after a pause that grows. A message keeps its messageId, so the server
  // counts it once, however often it comes. ---

  let [timer, busy, failures, notBefore] = [0, false, 0, 0];

  const schedule = (pause) => {
    clearTimeout(timer);
    timer = setTimeout(flush, Math.max(pause, notBefore - Date.now()));
  };

  const rest = (seconds) => {
    const pause = Math.min(LONGEST_PAUSE, 1000 * 2 ** failures++) * (0.5 + Math.random() / 2);
    notBefore = Date.now() + Math.max(pause, 1000 * seconds);
    schedule(0);
  };

  // {name: message}, as many as one request takes.
  const parcel = (names) => {
    const parts = new Map();
    let size = 300; // of what stands around the messages
    for (const name of names) {
      const text = localStorage.getItem(name);
      if (text === null) continue; // another tab has sent it
      size += bytes(text) + 1;
      if (parts.size && size > MOST_BYTES) break;
      try {
        parts.set(name, JSON.parse(text));
      } catch {
        forget(name);
      }
    }
    return parts;
  };

  const address = () => `${host}/api/v1/batch`;
  const body = (parts) => JSON.stringify({ writeKey: key, sentAt: new Date(), batch: [...parts.values()] });

  // As plain text it is a request that browsers send to another origin without asking there first.
  const post = async (text) => {
    const patience = new AbortController();
    const clock = setTimeout(() => patience.abort(), PATIENCE);
    try {
      const answer = await fetch(address(), {
        method: "POST",
        body: text,
        headers: { "Content-Type": "text/plain" },
        credentials: "omit",
        keepalive: true,
        signal: patience.signal,
      });
      return [answer, await answer.json().catch(() => ({}))];
    } finally {
      clearTimeout(clock);
    }
  };

  // Whether the server has answered for good, be it with yes or no. A key that does not work can be mended: then waits
  // what was told, and a later page tries again.
  const deliver = async (names) => {
    const parts = parcel(names);
    if (!parts.size) return true;
    parts.forEach((_message, name) => flying.add(name));
    try {
      const [answer, said] = await post(body(parts));
      const later = answer.status >= 500 || [408, 429].includes(answer.status);
      stopped = [401, 403].includes(answer.status);
      if (stopped) console.error(`${NAME}: nothing more is sent from this page: ${said.reason}`);
      else if (later) rest(Number(answer.headers.get("Retry-After")) || 0);
      else settle(answer.ok, said, parts);
      return !later && !stopped;
    } catch {
      rest(0);
      return false;
    } finally {
      parts.forEach((_message, name) => flying.delete(name));
    }
  };

  const settle = (taken, said, parts) => {
    const refused = new Map((said.rejected || []).map(({ messageId, reason }) => [messageId, reason]));
    if (!taken) console.error(`${NAME}: ${parts.size} message(s) are refused and dropped: ${said.reason}`);
    parts.forEach((message, name) => {
      forget(name);
      const reason = refused.get(message.messageId);
      if (reason) warn(`${message.event || message.type} is refused: ${reason}`);
      else if (taken && message.type === "identify") believe(message);
    });
    failures = notBefore = 0;
  };

  const flushAll = async () => {
    while (waiting().length && (await deliver(waiting())));
  };

  const flushHeard = async () => {
    await flushAll();
    await new Promise((heard) => setTimeout(heard, HEARD));
  };

  const flush = async () => {
    if (busy || navigator.onLine === false || !waiting().length) return;
    busy = true;
    try {
      // Without HTTPS there are no locks, and two tabs may both send a message. It counts once.
      await (navigator.locks ? navigator.locks.request(NAME, flushHeard) : flushAll());
    } finally {
      busy = false;
    }
    if (waiting().length) schedule(GATHER);
  };

  // What this page has not sent goes along as it is left, and waits on until a later page hears that it has arrived.
  const leave = () => {
    const left = waiting().filter((name) => mine.has(name));
    if (!left.length || navigator.onLine === false || Date.now() < notBefore) return;
    if ("keepalive" in Request.prototype) return void deliver(left);
    const parts = parcel(left);
    if (navigator.sendBeacon(address(), body(parts))) parts.forEach((_message, name) => mine.delete(name));
  };

  // --- Who it is. As on the server a visitor has one owner for ever: another identity is another visitor. ---

  // The number in a token; its signature is the server's business.
  const subject = (token) => {
    try {
      const claims = atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"));
      const said = JSON.parse(new TextDecoder().decode(Uint8Array.from(claims, (char) => char.charCodeAt(0))));
      return String(said.sub || "");
    } catch {
      return "";
    }
  };

  // Tells that the same was said before, without keeping what was said (FNV-1a).
  const mark = (userId, traits) =>
    [...JSON.stringify([userId, traits])].reduce((sum, c) => Math.imul(sum ^ c.codePointAt(0), 16777619), 0x811c9dc5);

  const believe = (message) => {
    const state = read();
    if (state.id !== message.anonymousId) return;
    if (state.referral === message.context.referral) delete state.referral; // handed over
    write({ ...state, said: mark(message.userId, message.traits) });
  };

  const remember = () => {
    if (!brought || !ready()) return;
    if (brought.length <= LONGEST_REFERRAL) write({ ...read(), referral: brought });
    brought = "";
  };

  // --- A coupon that a link has brought along. Only this page knows it until the visitor agrees; then it is kept for the
  // session of this tab. It is the shop's, and never sent from here. ---

  let coupon = "";

  const takeCoupon = () => {
    const [bareAddress, hash = ""] = location.href.split(/#(.*)/s);
    const found = new URLSearchParams(hash).get(COUPON) || "";
    if (!WELL_FORMED.test(found)) return;
    coupon = found;
    const rest = hash.split("&").filter((part) => !part.startsWith(`${COUPON}=`));
    history.replaceState(history.state, "", bareAddress + (rest.length ? `#${rest.join("&")}` : ""));
    const tellShop = () => document.dispatchEvent(new CustomEvent(`${NAME}:coupon`, { detail: { coupon } }));
    // Scripts of the page that are still to come may want to hear it.
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", tellShop);
    else tellShop();
  };

  const keepCoupon = () => {
    const answer = read().consent;
    if (answer === "denied") sessionStorage.removeItem(COUPON);
    else if (coupon && answer === "granted") sessionStorage.setItem(COUPON, coupon);
  };

  const giveCoupon = () => {
    try {
      return coupon || (read().consent === "granted" && sessionStorage.getItem(COUPON)) || "";
    } catch {
      return coupon; // without storage there is this page's
    }
  };

  // --- Parts, stammkunde-NAME.js: files beside this one, fetched when a page first asks for them. They see `parts`. ---

  const about = () => ({ key, host, user: read().user, visitor: ready() ? visitor() : "" });
  const parts = { told: {}, ears: [], about };
  const ours = { host: () => host, key: () => key, visitor, who: () => (token ? { userId: read().user, token } : {}) };
  const [loading, made] = [{}, {}];

  const load = (name) =>
    (loading[name] ||= new Promise((onload, onerror) => {
      const src = file.replace(/[^/]*$/, `${NAME}-${name}.js`);
      document.head.append(Object.assign(document.createElement("script"), { src, onload, onerror }));
    }));
  const part = async (name, work, ...given) => {
    try {
      await load(`${name}-page`);
      return await (made[name] ||= parts[name](ours))[work](...given);
    } catch (error) {
      warn(name, "failed:", error);
    }
  };

  const renewPush = () => ready() && localStorage.getItem(`${NAME}-push`) && part("push", "renew");

  const bare = (link) => link.split(/[?#]/)[0]; // what follows may be a secret: links to reset a password, sign-ins

  const calls = {
    __proto__: null,
    identify(at, signed, traits = {}) {
      const userId = subject(signed);
      const { user, said, referral } = read();
      if (userId && user && user !== userId) {
        calls.reset();
        if (referral) write({ ...read(), referral }); // it was opened on this browser, and never handed over
      }
      token = userId && signed;
      renewPush();
      if (userId && user === userId && said === mark(userId, traits) && !referral) return;
      if (userId) write({ ...read(), user: userId });
      tell(at, { type: "identify", userId: userId || undefined, traits, context: { token: signed, referral } });
    },
    track: (at, event, properties = {}) => tell(at, { type: "track", event, properties }),
    page(at, name = "", properties = {}) {
      const { pathname: path, href } = location;
      const here = { path, url: bare(href), title: document.title, referrer: bare(document.referrer) };
      tell(at, { type: "page", name, properties: { ...here, ...properties } });
    },
    visitor: (_at, take) => take(visitor()),
    reset() {
      token = "";
      write({ consent: "granted" });
    },
    cart() {}, // what is in it, for the parts: cart.viewed tells the server
    inbox: () => load("inapp").catch((error) => warn("inbox failed:", error)),
    "push.ask": (_at, options, take) => part("push", "ask", options).then(take),
    "push.off": (_at, take) => part("push", "off").then(take),
  };
  Object.entries(EVENTS).forEach(([name, event]) => {
    calls[name] = (at, what) => calls.track(at, event, Array.isArray(what) ? { products: what } : what);
  });

  const hear = (name, given) => {
    if (name === "reset") {
      parts.told = {};
      coupon = "";
      sessionStorage.removeItem(COUPON);
    }
    parts.told[name] = given;
    parts.ears.forEach((ear) => ear(name, given));
  };

  // --- Calls: those of before consent are held in this page only, and go with a no or with the page. ---

  const held = [];

  const release = () => {
    remember();
    keepCoupon();
    if (read().consent === "denied") held.length = 0;
    while (held.length && ready()) {
      const [name, at, given] = held.shift();
      calls[name](at, ...given);
      hear(name, given);
    }
  };

  const consent = (answer) => {
    if (answer !== "granted" && answer !== "denied") return warn('consent is "granted" or "denied", not', answer);
    if (answer !== read().consent) write({ consent: answer });
    if (answer === "denied") kept().forEach(forget);
    hear("consent", [answer]);
  };

  const init = (given, options = {}) => {
    [key, host, stopped] = [given, options.host || host, false];
    schedule(0);
    setTimeout(renewPush, GATHER); // by then the page has said who is signed in
  };

  const call = (name, ...given) => {
    try {
      if (name === "init") init(...given);
      else if (name === "consent") consent(...given);
      else if (!calls[name]) warn("there is no call", name);
      else if (held.length < MOST_HELD) held.push([name, moment(), given]);
      release();
    } catch (error) {
      warn(name, "failed:", error); // never the shop's trouble
    }
  };
  window[NAME] = Object.assign(call, { loaded: true, parts, coupon: giveCoupon });

  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
  addEventListener("online", () => schedule((notBefore = 0)));
  addEventListener("storage", (event) => event.key === NAME && release());

  try {
    takeCoupon();
  } catch (error) {
    warn("coupon failed:", error);
  }
  (early.calls || []).forEach((given) => call(...given));
})();
