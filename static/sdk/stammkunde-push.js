// Push messages of Stammkunde, in the service worker of a shop (docs/push.md). The shop's own worker loads it:
// importScripts("https://crm.shop.example/static/sdk/stammkunde-push.js");
"use strict";

(() => {
  const STORE = "stammkunde-push"; // what the page has left for us: where we register, and with which key
  const ENTRY = "/stammkunde-push";
  const isWeb = (link) => /^https?:\/\//i.test(link || "");

  const read = async () => {
    const kept = await (await caches.open(STORE)).match(ENTRY);
    return kept ? kept.json() : null;
  };
  const write = async (entry) => (await caches.open(STORE)).put(ENTRY, new Response(JSON.stringify(entry)));

  // As plain text the browser does not ask the other origin first, and nobody waits for the answer.
  const tell = (shown, what) =>
    isWeb(shown.report)
      ? fetch(shown.report, {
          method: "POST",
          mode: "no-cors",
          credentials: "omit",
          keepalive: true,
          body: JSON.stringify({ ref: shown.ref, what }),
        }).catch(() => {})
      : null;

  const parse = (event) => {
    try {
      return event.data.json();
    } catch {
      return {};
    }
  };

  const show = async (shown) => {
    const links = [shown.link, ...(shown.actions || []).map((each) => each.link)];
    await self.registration.showNotification(shown.title || self.location.hostname, {
      body: shown.body || "",
      image: isWeb(shown.image) ? shown.image : undefined,
      icon: isWeb(shown.icon) ? shown.icon : undefined,
      tag: shown.tag || undefined,
      renotify: Boolean(shown.tag),
      actions: (shown.actions || []).map(({ label }, number) => ({ action: String(number + 1), title: label })),
      data: { stammkunde: true, links, report: shown.report, ref: shown.ref },
    });
    await tell(shown, "shown");
  };

  const opened = async ({ action, notification }) => {
    const { links } = notification.data;
    const link = links[Number(action) || 0] || links[0];
    notification.close();
    await self.clients.openWindow(isWeb(link) ? link : "/");
  };

  // The push service has put a new subscription in the place of the old one, or wants us to.
  const renew = async () => {
    const kept = await read();
    if (!kept) return;
    const subscription = await self.registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: kept.publicKey,
    });
    const given = subscription.toJSON();
    const body = { writeKey: kept.key, publicKey: kept.publicKey, subscription: given, replaces: kept.replaces };
    const answer = await fetch(`${kept.host}/api/v1/push/subscribe`, { method: "POST", body: JSON.stringify(body) });
    if (answer.ok) await write({ ...kept, replaces: { endpoint: given.endpoint, auth: given.keys.auth } });
  };

  const ours = (event) => event.notification.data && event.notification.data.stammkunde;

  self.addEventListener("push", (event) => event.waitUntil(show(parse(event))));
  self.addEventListener("notificationclick", (event) => ours(event) && event.waitUntil(opened(event)));
  self.addEventListener("notificationclose", (event) => {
    if (ours(event)) event.waitUntil(Promise.resolve(tell(event.notification.data, "closed")));
  });
  self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew()));
})();
