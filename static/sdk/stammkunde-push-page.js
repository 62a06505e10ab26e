// The part of Stammkunde's script that asks for push messages (docs/push.md). stammkunde.js loads it when a page first
// needs it; nothing of it runs before the visitor's consent.
"use strict";

stammkunde.parts.push = (page) => {
  const ENTRY = "stammkunde-push"; // in localStorage: when she said "not now", and what the server has last heard
  const STORE = "stammkunde-push"; // for the service worker, which has no localStorage
  const DAY = 24 * 3600 * 1000;
  const WORKER = "/sw.js";

  const read = () => {
    try {
      return JSON.parse(localStorage.getItem(ENTRY)) || {};
    } catch {
      return {};
    }
  };
  const write = (entry) => localStorage.setItem(ENTRY, JSON.stringify(entry));
  const isPossible = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

  // As plain text it is a request that browsers send to another origin without asking there first.
  const post = async (call, body) => {
    const answer = await fetch(`${page.host()}/api/v1/push/${call}`, {
      method: "POST",
      headers: { "Content-Type": "text/plain" },
      credentials: "omit",
      body: JSON.stringify({ writeKey: page.key(), ...body }),
    });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(said.reason || `answer ${answer.status}`);
    return said;
  };

  const language = (options) => options.language || document.documentElement.lang || navigator.language || "";

  // --- The subscription ---

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const holds = (subscription, publicKey) => {
    const key = new Uint8Array(subscription.options.applicationServerKey || []);
    const wanted = bytes(publicKey);
    return key.length === wanted.length && key.every((byte, place) => byte === wanted[place]);
  };

  const register = async (options) => {
    const worker = options.worker || read().worker || WORKER;
    await navigator.serviceWorker.register(worker);
    return [(await navigator.serviceWorker.ready).pushManager, worker];
  };

  // Tell the server of this browser; `prompt` names what she has just agreed to.
  const keep = async (publicKey, options, prompt = "", again = true) => {
    const [manager, worker] = await register(options);
    let [subscription, replaces] = [await manager.getSubscription(), null];
    if (subscription && !holds(subscription, publicKey)) {
      replaces = { endpoint: subscription.endpoint, auth: subscription.toJSON().keys.auth };
      await subscription.unsubscribe();
      subscription = null;
    }
    subscription ||= await manager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(publicKey) });
    const given = subscription.toJSON();
    const said = await post("subscribe", {
      anonymousId: page.visitor(),
      ...page.who(),
      subscription: { endpoint: given.endpoint, keys: given.keys },
      publicKey,
      prompt,
      replaces,
    });
    if (said.renew && again) {
      await subscription.unsubscribe();
      return keep((await post("prompt", {})).publicKey, options, prompt, false);
    }
    if (said.renew) throw new Error(said.reason);
    const entry = { on: true, worker, heard: Date.now(), user: page.who().userId || "" };
    write(entry);
    const forWorker = {
      host: page.host(),
      key: page.key(),
      publicKey,
      replaces: { endpoint: given.endpoint, auth: given.keys.auth },
    };
    await (await caches.open(STORE)).put(`/${STORE}`, new Response(JSON.stringify(forWorker)));
    return true;
  };

  // Once a day, and when she signs in: our key may be another one, and the browser hers.
  const renew = async (options = {}) => {
    const entry = read();
    const who = page.who().userId || "";
    const isFresh = Date.now() - entry.heard < DAY && (!who || who === entry.user);
    if (!entry.on || isFresh || !isPossible()) return false;
    if (Notification.permission !== "granted") {
      write({ ...entry, on: false });
      return false;
    }
    const said = await post("prompt", {});
    return said.enabled && keep(said.publicKey, options);
  };

  // --- The question ---

  const STYLE = `
    :host { all: initial; position: fixed; inset: auto 0 0; z-index: 2147483000; display: flex; justify-content: center;
      padding: 12px; pointer-events: none; }
    section { box-sizing: border-box; width: 100%; max-width: 420px; padding: 16px; pointer-events: auto; border-radius: 12px;
      font: 16px/1.5 system-ui, sans-serif; color: #182433; background: #fff; border: 1px solid #d5dce5;
      box-shadow: 0 8px 32px rgb(0 0 0 / 18%); }
    h2 { margin: 0 0 4px; font-size: 17px; line-height: 1.35; }
    p { margin: 0 0 14px; }
    div { display: flex; flex-wrap: wrap; gap: 8px; }
    button { flex: 1 1 120px; min-height: 44px; padding: 8px 16px; font: inherit; border-radius: 8px; cursor: pointer;
      border: 1px solid #8a97a8; color: inherit; background: transparent; }
    button.yes { color: #fff; background: var(--colour); border-color: var(--colour); font-weight: 600; }
    button:focus-visible { outline: 3px solid #4299e1; outline-offset: 2px; }
    @media (prefers-color-scheme: dark) {
      section { color: #e6ebf1; background: #182433; border-color: #3a4859; }
    }`;

  const element = (name, text, more = {}) => Object.assign(document.createElement(name), { textContent: text, ...more });

  // Her answer: "yes" or "no". In a shadow of its own, so that neither the shop's styles nor ours reach the other.
  const question = ({ title, text, yes, no, language: lang }, colour) =>
    new Promise((answered) => {
      const host = element("stammkunde-push", "");
      const shadow = host.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      shadow.adoptedStyleSheets = [sheet];
      const box = element("section", "", { lang });
      box.setAttribute("role", "dialog");
      box.setAttribute("aria-label", title);
      if (/^#[0-9a-f]{6}$/i.test(colour)) box.style.setProperty("--colour", colour);
      const end = (answer) => {
        host.remove();
        document.removeEventListener("keydown", escape);
        answered(answer);
      };
      const escape = (event) => event.key === "Escape" && end("no");
      const buttons = element("div", "");
      const agree = element("button", yes, { type: "button", className: "yes", onclick: () => end("yes") });
      buttons.append(agree, element("button", no, { type: "button", onclick: () => end("no") }));
      box.append(element("h2", title), element("p", text), buttons);
      shadow.append(box);
      document.addEventListener("keydown", escape);
      document.body.append(host);
    });

  let asking = false;

  // Options: `worker`, the shop's service worker; `language`; `now`, when she has pressed a button of the shop's.
  const ask = async (options = {}) => {
    if (!isPossible() || !isSecureContext || asking || Notification.permission === "denied") return "impossible";
    const entry = read();
    if (Notification.permission === "granted" && entry.on) return (await renew(options)) && "renewed";
    asking = true;
    try {
      const said = await post("prompt", { language: language(options) });
      if (!said.enabled) return "off";
      if (!options.now && Date.now() - (entry.no || 0) < said.askAgain * DAY) return "later";
      if ((await question(said.prompt, said.colour)) === "no" || (await Notification.requestPermission()) !== "granted") {
        write({ ...entry, no: Date.now() });
        return "no";
      }
      await keep(said.publicKey, options, said.prompt.id);
      return "yes";
    } finally {
      asking = false;
    }
  };

  const off = async () => {
    write({ no: Date.now() });
    const registered = isPossible() && (await navigator.serviceWorker.getRegistration());
    const subscription = registered && (await registered.pushManager.getSubscription());
    if (!subscription) return;
    const { endpoint, keys } = subscription.toJSON();
    await subscription.unsubscribe();
    await caches.delete(STORE);
    await post("remove", { endpoint, auth: keys.auth });
  };

  return { ask, off, renew };
};
