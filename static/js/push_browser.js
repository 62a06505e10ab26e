// Subscribes the reader's own browser to push messages, for tests. The form carries what came of it.
"use strict";

(() => {
  const form = document.querySelector("[data-push-browser]");
  const fault = document.querySelector("[data-push-fault]");
  if (!form) return;

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const isActive = (registration) =>
    new Promise((active) => {
      const worker = registration.installing || registration.waiting;
      if (registration.active || !worker) return active();
      worker.addEventListener("statechange", () => worker.state === "activated" && active());
    });

  // A subscription with a former key of ours is of no use any more.
  const subscription = async () => {
    const registration = await navigator.serviceWorker.register(form.dataset.worker);
    await isActive(registration);
    const former = await registration.pushManager.getSubscription();
    if (former) await former.unsubscribe();
    const key = bytes(form.dataset.public);
    return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  };

  const use = async () => {
    if (!("serviceWorker" in navigator && "PushManager" in window)) throw new Error(form.dataset.impossible);
    if ((await Notification.requestPermission()) !== "granted") throw new Error(form.dataset.denied);
    const made = await subscription().catch(() => {
      throw new Error(form.dataset.impossible);
    });
    const { endpoint, keys } = made.toJSON();
    Object.entries({ endpoint, ...keys }).forEach(([name, value]) => {
      const field = form.elements.namedItem(name);
      if (field) field.value = value;
    });
    form.submit();
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fault.textContent = "";
    use().catch((error) => {
      fault.textContent = error.message;
    });
  });
})();
