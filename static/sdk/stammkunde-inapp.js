// Messages in the pages of a shop (docs/in-app.md): banner, window, slot and inbox. stammkunde.js fetches this file when
// a page calls stammkunde("inbox"). No dependency and no build step. Words are only ever set as text.
"use strict";

(() => {
  const core = window.stammkunde && window.stammkunde.parts;
  if (!core || core.inapp) return;
  core.inapp = true;

  const NAME = "stammkunde-inapp"; // of the entry in sessionStorage, which ends with the window
  const GAP = "[[gap]]";
  const GATHER = 1000; // milliseconds, so that what happens together travels together
  const LEAST = 10000; // between two questions when the page is looked at again
  const MOST_ACTS = 100;
  const SEEN = 0.5; // of its area
  const WORDS = {
    de: ["Schließen", "Nachrichten", "ungelesen", "Noch keine Nachrichten.", "Entfernen", "Ansehen"],
    en: ["Close", "Messages", "unread", "No messages yet.", "Remove", "View"],
    fr: ["Fermer", "Messages", "non lus", "Aucun message.", "Supprimer", "Découvrir"],
    nl: ["Sluiten", "Berichten", "ongelezen", "Nog geen berichten.", "Verwijderen", "Bekijken"],
    it: ["Chiudi", "Messaggi", "non letti", "Nessun messaggio.", "Rimuovi", "Scopri"],
    es: ["Cerrar", "Mensajes", "sin leer", "Aún no hay mensajes.", "Quitar", "Ver"],
    pl: ["Zamknij", "Wiadomości", "nieprzeczytane", "Brak wiadomości.", "Usuń", "Zobacz"],
  };
  const language = () => document.documentElement.lang || navigator.language || "en";
  const word = (place) => (WORDS[language().slice(0, 2).toLowerCase()] || WORDS.en)[place];
  const [CLOSE, MESSAGES, UNREAD, NONE, REMOVE, VIEW] = [0, 1, 2, 3, 4, 5];

  // --- What this window keeps ---

  let memory = "{}"; // where there is no storage
  const read = () => {
    try {
      return JSON.parse(sessionStorage.getItem(NAME) || memory);
    } catch {
      return JSON.parse(memory);
    }
  };
  const write = (state) => {
    memory = JSON.stringify(state);
    try {
      sessionStorage.setItem(NAME, memory);
    } catch {
      // then it is for this page only
    }
  };
  const random = () =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const session = () => {
    const state = read();
    if (!state.session) write(Object.assign(state, { session: random() }));
    return state.session;
  };

  // --- Asking the server, with a token that the shop has signed or the pass that we got for one ---

  let data = { messages: [], freeShipping: {} };
  let [token, refused, asked, asking, timer] = ["", false, 0, false, 0];
  const here = new Set(); // keys that this page has shown

  const post = (path, more) => {
    const { key, host, visitor } = core.about();
    const { pass = "", acts = [] } = read();
    const body = { writeKey: key, anonymousId: visitor, pass, session: session(), acts, ...more };
    return fetch(`${host}/api/v1/inbox${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "text/plain" }, // asks for no preflight
      credentials: "omit",
      cache: "no-store",
      keepalive: true,
    }).then((answer) => {
      if (answer.ok) done(acts);
      return answer;
    });
  };

  const done = (sent) => {
    const told = new Set(sent.map((act) => JSON.stringify(act)));
    const state = read();
    write({ ...state, acts: (state.acts || []).filter((act) => !told.has(JSON.stringify(act))) });
  };

  const may = () => core.about().visitor && !refused && (token || read().pass);

  const ask = async () => {
    if (asking || !may() || navigator.onLine === false) return;
    [asking, asked] = [true, Date.now()];
    try {
      const mine = core.about().user;
      const answer = await post("", { token, known: data.version });
      const said = await answer.json().catch(() => ({}));
      if (core.about().user !== mine) return;
      if (answer.ok) take(said);
      else if ([400, 401, 403].includes(answer.status)) refuse(said.reason);
    } catch {
      // offline: the next question comes in a minute
    } finally {
      asking = false;
    }
  };

  const take = (said) => {
    if (said.pass) {
      write({ ...read(), pass: said.pass, user: core.about().user });
      token = "";
    }
    if (!said.unchanged) data = said;
    render();
  };

  const refuse = (reason) => {
    console.warn("stammkunde: no messages:", reason);
    refused = true;
    write({ ...read(), pass: "" });
    [token, data] = ["", { messages: [], freeShipping: {} }];
    render();
  };

  const act = (message, what, link = "") => {
    const flag = { dismissed: "dismissed", removed: "removed", seen: "seen", read: "read" }[what];
    if (flag && message[flag]) return;
    if (flag) message[flag] = true;
    const state = read();
    const acts = [...(state.acts || []), { key: message.key, what, ...(link && { link }) }].slice(-MOST_ACTS);
    write({ ...state, acts });
    clearTimeout(timer);
    timer = setTimeout(flush, GATHER);
  };

  const flush = () => {
    if (may() && (read().acts || []).length) post("/acts", { token }).catch(() => {});
  };

  // --- Where a message appears: pages, cart, what is missing until shipping is free ---

  const matches = (pattern, path) => {
    const [first, ...rest] = pattern.split("*");
    if (!rest.length) return pattern === path;
    const last = rest.pop();
    let place = first.length;
    if (!path.startsWith(first)) return false;
    for (const part of rest) {
      const at = path.indexOf(part, place);
      if (at < 0) return false;
      place = at + part.length;
    }
    return path.length - last.length >= place && path.endsWith(last);
  };

  const onPage = (pages) => {
    const path = location.pathname;
    const short = path.replace(/(.)\/$/, "$1");
    return !pages.length || pages.some((page) => matches(page, path) || matches(page, short));
  };

  const money = (currency) => new Intl.NumberFormat(language(), { style: "currency", currency });
  const scale = (currency) => 10 ** money(currency).resolvedOptions().maximumFractionDigits;

  // What the page told last, else what the server knows: {value, currency}, in minor units.
  const cart = () => {
    const [told] = core.told.cart || [];
    if (!told || typeof told !== "object" || !Number.isFinite(Number(told.value))) return data.cart || null;
    const currency = told.currency || data.currency || "EUR";
    return { value: Math.round(Number(told.value) * scale(currency)), currency };
  };

  const inCart = ({ cartFrom, cartTo }, now) => {
    if (cartFrom === null && cartTo === null) return true;
    if (!now || now.currency !== data.currency) return false;
    return now.value >= (cartFrom || 0) && (cartTo === null || now.value < cartTo);
  };

  // {missing, whole, currency}; null without a cart or where shipping is never free.
  const gap = (now = cart()) => {
    const whole = now && now.value > 0 && data.freeShipping[now.currency];
    return whole ? { missing: Math.max(0, whole - now.value), whole, currency: now.currency } : null;
  };

  const speaks = (message, now) => {
    if (`${message.title}${message.text}`.includes(GAP) && !(now && now.missing)) return false;
    return !message.gap || Boolean(now && (now.missing || message.gap.reached));
  };

  const filled = (text, now) =>
    now ? text.split(GAP).join(money(now.currency).format(now.missing / scale(now.currency))) : text;

  const applies = (message) => {
    const now = cart();
    if (message.dismissed || message.removed || (message.once && message.seen && !here.has(message.key))) return false;
    return onPage(message.pages) && inCart(message, now) && speaks(message, gap(now));
  };

  // --- Drawing: each in a shadow of its own, so that no style of the shop's meets ours ---

  const CSS = `
    :host { all: initial; font-family: inherit; --ground: #fff; --words: #16211f; --quiet: #566361; --line: #d7dedd; }
    :host([data-theme=dark]) { --ground: #1b2625; --words: #eef3f2; --quiet: #a8b5b3; --line: #3a4846; }
    :host([data-place=banner]) { position: fixed; z-index: 2147483000; left: 16px; right: 16px; bottom: 16px;
      margin: 0 auto; max-width: 640px; display: block; pointer-events: none; }
    :host([data-place=slot]) { display: block; }
    :host([data-place=bell]) { display: inline-block; position: relative; color: inherit; }
    :host([hidden]) { display: none; }
    * { box-sizing: border-box; }
    .card, dialog, .panel { color: var(--words); background: var(--ground);
      border: 1px solid var(--line); border-radius: 12px; }
    .card { position: relative; display: flex; gap: 16px; padding: 16px 56px 16px 16px; overflow: hidden;
      pointer-events: auto; text-align: start; font-size: 16px; line-height: 1.5; }
    :host([data-place=banner]) .card { box-shadow: 0 8px 32px rgb(0 0 0 / .18); animation: rise .25s ease-out; }
    @keyframes rise { from { transform: translateY(24px); opacity: 0; } }
    .words { flex: 1; min-width: 0; }
    h2 { margin: 0; font-size: 18px; line-height: 1.35; font-weight: 650; overflow-wrap: anywhere; }
    p { margin: 4px 0 0; white-space: pre-line; overflow-wrap: anywhere; }
    .picture { flex: none; align-self: flex-start; width: 96px; }
    .picture img { display: block; width: 100%; max-height: 320px; object-fit: cover; border-radius: 8px; }
    a { color: inherit; }
    .actions { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 12px; }
    .actions a { min-height: 44px; display: inline-flex; align-items: center; padding: 8px 16px; border-radius: 8px;
      text-decoration: none; font-weight: 600; border: 1px solid var(--line); }
    .actions a:first-child { background: var(--accent); border-color: var(--accent); color: var(--ink); }
    button { font: inherit; color: inherit; background: none; border: 0; cursor: pointer; padding: 0; border-radius: 8px; }
    .close { position: absolute; top: 4px; right: 4px; width: 44px; height: 44px; font-size: 24px; line-height: 1; }
    a:focus-visible, button:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
    .gap { margin-top: 12px; }
    .gap p { font-weight: 600; margin: 0 0 6px; }
    progress { appearance: none; -webkit-appearance: none; display: block; width: 100%; height: 8px; border: 0;
      border-radius: 4px; background: var(--line); overflow: hidden; }
    progress::-webkit-progress-bar { background: var(--line); }
    progress::-webkit-progress-value { background: var(--mark); border-radius: 4px; transition: width .3s; }
    progress::-moz-progress-bar { background: var(--mark); border-radius: 4px; }
    dialog { padding: 0; width: min(480px, calc(100vw - 32px)); max-height: calc(100vh - 32px); overflow: auto;
      box-shadow: 0 16px 48px rgb(0 0 0 / .3); }
    dialog::backdrop { background: rgb(0 0 0 / .5); }
    dialog .card { display: block; border: 0; border-radius: 0; padding: 24px; }
    dialog .picture { width: auto; margin: -24px -24px 16px; }
    dialog .picture img { border-radius: 0; }
    dialog h2 { font-size: 22px; padding-right: 32px; }
    dialog .picture + .words h2 { padding-right: 0; }
    dialog .close { background: var(--ground); border-radius: 50%; }
    dialog[open] { animation: rise .25s ease-out; }
    .bell { position: relative; width: 44px; height: 44px; display: grid; place-items: center; color: inherit; }
    .bell svg { width: 24px; height: 24px; }
    .badge { position: absolute; top: 2px; right: 2px; min-width: 18px; height: 18px; padding: 0 5px; border-radius: 9px;
      font-size: 12px; line-height: 18px; font-weight: 700; background: #b3261e; color: #fff; }
    .panel { position: absolute; z-index: 2147483000; top: 48px; right: 0; width: 360px; max-height: min(70vh, 560px);
      overflow: auto; box-shadow: 0 8px 32px rgb(0 0 0 / .18); }
    :host([data-side=start]) .panel { right: auto; left: 0; }
    .panel-head { position: sticky; top: 0; z-index: 1; display: flex; align-items: center; background: var(--ground);
      padding: 4px 4px 4px 16px; border-bottom: 1px solid var(--line); font-size: 16px; font-weight: 650; }
    .panel-head .close { position: static; margin-left: auto; }
    ul { list-style: none; margin: 0; padding: 0; }
    li + li { border-top: 1px solid var(--line); }
    li .card { border: 0; border-radius: 0; background: none; }
    li .card.unread::before { content: ""; position: absolute; left: 6px; top: 24px; width: 6px; height: 6px;
      border-radius: 50%; background: var(--mark); }
    li h2 { font-size: 16px; }
    li .picture { width: 56px; }
    time, .none { font-size: 14px; color: var(--quiet); }
    time { display: block; margin-top: 6px; }
    .none { padding: 32px 16px; margin: 0; text-align: center; }
    @media (max-width: 480px) {
      .panel { position: fixed; inset: auto 0 0 0; width: auto; max-height: 80vh; border-radius: 16px 16px 0 0; }
      :host([data-side=start]) .panel { left: 0; right: 0; }
    }
    @media (prefers-reduced-motion: reduce) {
      .card, dialog[open] { animation: none !important; }
      progress::-webkit-progress-value { transition: none; }
    }`;
  const sheet = new CSSStyleSheet(); // no style element, which a content security policy might forbid
  sheet.replaceSync(CSS);

  const make = (tag, values = {}, ...children) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(values)) {
      if (name === "text") made.textContent = value;
      else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== null) made.setAttribute(name, value);
    }
    made.append(...children.filter(Boolean));
    return made;
  };

  // The address if it is one of the web. The server looks too.
  const safe = (link) => {
    try {
      const { protocol, href } = new URL(link);
      return protocol === "https:" || protocol === "http:" ? href : "";
    } catch {
      return "";
    }
  };

  // As dark as the page: by its background, else by what it says that it can.
  const isDark = () => {
    for (const element of [document.body, document.documentElement]) {
      const [red, green, blue, solid = 1] = (getComputedStyle(element).backgroundColor.match(/[\d.]+/g) || []).map(Number);
      if (solid && blue !== undefined) return 0.3 * red + 0.6 * green + 0.1 * blue < 110;
    }
    const able = getComputedStyle(document.documentElement).colorScheme.includes("dark");
    return able && matchMedia("(prefers-color-scheme: dark)").matches;
  };

  const themed = (host) => {
    const [options] = core.told.inbox || [];
    host.dataset.theme = (options && options.theme) || (isDark() ? "dark" : "light");
    const look = data.look || {};
    const mark = host.dataset.theme === "dark" ? look.bright : look.colour;
    host.style.setProperty("--accent", look.colour || "#0f766e");
    host.style.setProperty("--mark", mark || "#0f766e");
    host.style.setProperty("--ink", look.ink || "#fff");
    return host;
  };

  const hosted = (place, host = document.body.appendChild(make("div"))) => {
    const root = host.shadowRoot || host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    host.dataset.place = place;
    return themed(host).shadowRoot;
  };

  const eye = new IntersectionObserver(
    (entries) =>
      entries.forEach(({ isIntersecting, target }) => {
        if (!isIntersecting || document.visibilityState === "hidden") return;
        eye.unobserve(target);
        target.dispatchEvent(new Event("seen"));
      }),
    { threshold: SEEN },
  );

  const link = (message, address, text, inner) =>
    make("a", { href: address, rel: "noopener", onclick: () => followed(message, address), text }, inner);
  const followed = (message, address) => {
    act(message, "clicked", address);
    flush();
  };

  // Addresses in the text become links; the rest stays text.
  const body = (message, text) =>
    text.split(/(https?:\/\/[^\s<>"]+)/).map((part, place) => {
      const address = place % 2 && safe(part);
      return address ? link(message, address, word(VIEW)) : part;
    });

  const bar = (message, now) => {
    const text = message.gap && now ? (now.missing ? message.gap.words : message.gap.reached) : "";
    if (!text) return null;
    const [said, value] = [filled(text, now), now.whole - now.missing];
    const drawn = make("progress", { max: now.whole, value, "aria-label": said });
    return make("div", { class: "gap" }, make("p", { text: said }), drawn);
  };

  const picture = (message) => {
    const [source, address] = [safe(message.picture), safe(message.link)];
    if (!source) return null;
    const image = make("img", { src: source, alt: "", referrerpolicy: "no-referrer" });
    const drawn = address ? link(message, address, "", image) : image;
    if (address) drawn.setAttribute("aria-label", message.title);
    return make("div", { class: "picture" }, drawn);
  };

  const actions = (message) => {
    const known = message.actions.map(({ label, link: to }) => [label, safe(to)]).filter(([, to]) => to);
    if (!known.length) return null;
    return make("div", { class: "actions" }, ...known.map(([label, to]) => link(message, to, label)));
  };

  const card = (message, close, closing = word(CLOSE)) => {
    const now = gap();
    const words = make(
      "div",
      { class: "words" },
      make("h2", { text: filled(message.title, now) }),
      message.text && make("p", {}, ...body(message, filled(message.text, now))),
      bar(message, now),
      actions(message),
    );
    const drawn = make(
      "article",
      { class: "card", "aria-label": filled(message.title, now), onseen: () => noticed(message) },
      picture(message),
      words,
      make("button", { class: "close", type: "button", "aria-label": closing, text: "×", onclick: close }),
    );
    eye.observe(drawn);
    return drawn;
  };

  const noticed = (message) => {
    here.add(message.key);
    act(message, "seen");
  };

  const dismiss = (message) => {
    act(message, "dismissed");
    render();
  };

  // Drawn anew only where something changed, so that nobody loses her place.
  const drawn = new Map(); // by host: what stands in it
  const put = (root, mark, content) => {
    if (drawn.get(root) === mark) return false;
    drawn.set(root, mark);
    root.querySelectorAll(".card").forEach((each) => eye.unobserve(each));
    root.replaceChildren(...content());
    return true;
  };
  const mark = (message) => JSON.stringify([message.key, gap(), language(), data.look]);

  const spots = {};
  const banner = (message) => {
    if (!message && !spots.banner) return;
    spots.banner = spots.banner || hosted("banner");
    themed(spots.banner.host).hidden = !message;
    spots.banner.host.setAttribute("aria-live", "polite");
    if (!message) return put(spots.banner, "", () => []);
    put(spots.banner, mark(message), () => [card(message, () => dismiss(message))]);
  };

  const modal = (message) => {
    if (!message && !spots.modal) return;
    spots.modal = spots.modal || hosted("modal");
    themed(spots.modal.host);
    if (!message) return put(spots.modal, "", () => []);
    const [root, open] = [spots.modal, spots.modal.querySelector("dialog")];
    if (!open || open.dataset.key !== message.key) {
      put(root, mark(message), () => [frame(message)]);
      return root.querySelector("dialog").showModal();
    }
    if (drawn.get(root) === mark(message)) return;
    drawn.set(root, mark(message));
    open.replaceChildren(card(message, () => dismiss(message))); // the dialog itself stays: taken out, it would close
    open.querySelector(".close").focus();
  };
  const frame = (message) =>
    make(
      "dialog",
      {
        "aria-label": filled(message.title, gap()),
        "data-key": message.key,
        oncancel: (event) => (event.preventDefault(), dismiss(message)), // Esc
        onclick: (event) => event.target === event.currentTarget && dismiss(message), // beside it
      },
      card(message, () => dismiss(message)),
    );

  const slots = (messages) =>
    document.querySelectorAll("[data-stammkunde-slot]").forEach((element) => {
      const message = messages.find(({ slot }) => slot === element.dataset.stammkundeSlot);
      if (!message && !element.shadowRoot) return;
      const root = hosted("slot", element);
      if (!message) put(root, "", () => []);
      else put(root, mark(message), () => [card(message, () => dismiss(message))]);
    });

  // --- The inbox: a bell with the number of unread messages, and the list that it opens ---

  const SHAPE = "M10 5a2 2 0 1 1 4 0a7 7 0 0 1 4 6v3a4 4 0 0 0 2 3h-16a4 4 0 0 0 2 -3v-3a7 7 0 0 1 4 -6M9 17v1a3 3 0 0 0 6 0v-1";
  const bellShape = () => {
    const [svg, path] = ["svg", "path"].map((tag) => document.createElementNS("http://www.w3.org/2000/svg", tag));
    const look = { viewBox: "0 0 24 24", fill: "none", stroke: "currentColor", "stroke-width": "2", "aria-hidden": "true" };
    Object.entries(look).forEach(([name, value]) => svg.setAttribute(name, value));
    path.setAttribute("d", SHAPE);
    svg.append(path);
    return svg;
  };

  const opened = new Set(); // bells whose list is open

  const bells = (messages) => {
    const unread = messages.filter(({ read: known }) => !known).length;
    document.querySelectorAll("[data-stammkunde-bell]").forEach((element) => {
      const root = hosted("bell", element);
      const keys = messages.map(({ key, read: known }) => [key, opened.has(root) || known]);
      const now = JSON.stringify([keys, opened.has(root) || unread, gap(), language(), data.look]);
      put(root, now, () => [bell(root, unread), opened.has(root) && panel(root, messages)].filter(Boolean));
    });
  };

  const bell = (root, unread) => {
    const said = unread ? `${word(MESSAGES)} (${unread} ${word(UNREAD)})` : word(MESSAGES);
    const expanded = String(opened.has(root));
    const values = { class: "bell", type: "button", "aria-label": said, "aria-expanded": expanded, "aria-haspopup": "dialog" };
    const count = unread && !opened.has(root) ? make("span", { class: "badge", "aria-hidden": "true", text: unread > 9 ? "9+" : unread }) : null;
    return make("button", { ...values, onclick: () => toggle(root, !opened.has(root)) }, bellShape(), count);
  };

  const panel = (root, messages) => {
    const close = make("button", { class: "close", type: "button", "aria-label": word(CLOSE), text: "×", onclick: () => toggle(root, false) });
    const head = make("div", { class: "panel-head" }, make("span", { text: word(MESSAGES) }), close);
    const list = make("ul", {}, ...messages.map((message) => make("li", {}, item(root, message))));
    const inner = messages.length ? list : make("p", { class: "none", text: word(NONE) });
    return make("div", { class: "panel", role: "dialog", "aria-label": word(MESSAGES) }, head, inner);
  };

  const item = (root, message) => {
    const remove = () => {
      act(message, "removed");
      render();
      root.querySelector(".panel .close").focus();
    };
    const made = card(message, remove, `${word(REMOVE)}: ${filled(message.title, gap())}`);
    made.classList.toggle("unread", !message.read);
    made.addEventListener("seen", () => act(message, "read"));
    const day = new Intl.DateTimeFormat(language(), { dateStyle: "medium" }).format(new Date(message.at));
    made.querySelector(".words").append(make("time", { datetime: message.at, text: day }));
    return made;
  };

  const toggle = (root, open) => {
    if (open) opened.add(root);
    else opened.delete(root);
    root.host.dataset.side = root.host.getBoundingClientRect().left < innerWidth / 2 ? "start" : "end";
    render();
    const aim = root.querySelector(open ? ".panel .close" : ".bell");
    if (aim) aim.focus();
  };

  addEventListener("keydown", (event) => {
    if (event.key === "Escape") opened.forEach((root) => toggle(root, false));
  });
  addEventListener("pointerdown", (event) => {
    const path = event.composedPath();
    [...opened].filter((root) => !path.includes(root.host)).forEach((root) => (opened.delete(root), render()));
  });

  const render = () => {
    if (!document.body) return;
    try {
      const shown = data.messages.filter(applies);
      const of = (place) => shown.filter((message) => message.place === place);
      const [over] = of("modal");
      modal(over);
      banner(over || opened.size ? undefined : of("banner")[0]); // one thing at a time
      slots(of("slot"));
      const listed = data.messages.filter((each) => !each.sessionOnly && !each.removed && speaks(each, gap()));
      bells(listed);
    } catch (error) {
      console.warn("stammkunde: messages cannot be drawn:", error); // never the shop's trouble
    }
  };

  // --- What the page tells, and when to ask again ---

  const forget = () => {
    write({});
    [data, token, refused] = [{ messages: [], freeShipping: {} }, "", false];
    here.clear();
    render();
  };

  const hear = (name, given) => {
    if (name === "reset" || (name === "consent" && given[0] === "denied")) return forget();
    if (name === "identify") identify(given[0]);
    if (name === "cart.viewed" && given[0] && given[0].value !== undefined) core.told.cart = given;
    render();
  };

  const identify = (given) => {
    const { pass, user } = read();
    if (pass && user !== core.about().user) forget();
    [token, refused] = [typeof given === "string" ? given : "", false];
    ask();
  };

  const again = () => document.visibilityState === "visible" && Date.now() - asked > LEAST && ask();

  const begin = () => {
    core.ears.push(hear);
    if (read().pass && read().user !== core.about().user) forget();
    if (core.told["cart.viewed"] && !core.told.cart) hear("cart.viewed", core.told["cart.viewed"]);
    if (core.told.identify) identify(core.told.identify[0]);
    else ask();
    setInterval(() => document.visibilityState === "visible" && ask(), 1000 * (data.every || 60));
    document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? flush() : again()));
    addEventListener("focus", again);
    addEventListener("pagehide", flush);
    addEventListener("popstate", render);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", render);
    render();
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
