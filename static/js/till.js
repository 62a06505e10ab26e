// The till: scanning by camera. Typing works without any of this.
"use strict";

(() => {
  const PAUSE = 120; // milliseconds between looks: quick for a hand, easy on a battery
  const WANTED = ["qr_code", "ean_13", "ean_8", "code_128", "code_39", "data_matrix", "aztec"];

  // The browser's own detector reads bar codes as well; where there is none, ours reads QR codes.
  const detector = async (address) => {
    if ("BarcodeDetector" in window) {
      const known = await window.BarcodeDetector.getSupportedFormats();
      const formats = WANTED.filter((format) => known.includes(format));
      if (formats.includes("qr_code")) return new window.BarcodeDetector({ formats });
    }
    const decoder = await import(address);
    return new decoder.BarcodeDetector({ formats: ["qr_code"] });
  };

  const picture = (video, canvas) => {
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d", { willReadFrequently: true }).drawImage(video, 0, 0);
    return canvas;
  };

  const watch = async (button, dialog) => {
    const video = dialog.querySelector("video");
    const canvas = document.createElement("canvas");
    const looks = await detector(new URL(button.dataset.decoder, location.href).href);
    while (dialog.open) {
      if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) {
        const [found] = await looks.detect(picture(video, canvas));
        if (found?.rawValue) return found.rawValue;
      }
      await new Promise((done) => setTimeout(done, PAUSE));
    }
    return "";
  };

  const scan = async (button) => {
    const dialog = button.parentElement.querySelector("[data-camera]");
    const word = dialog.querySelector("[data-camera-word]");
    const video = dialog.querySelector("video");
    let stream = null;
    dialog.showModal();
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: "environment", width: { ideal: 1280 } },
      });
      video.srcObject = stream;
      await video.play();
      const text = await watch(button, dialog);
      if (text) send(document.getElementById(button.dataset.scan), text);
    } catch (error) {
      word.textContent = error.name === "NotFoundError" ? button.dataset.none : button.dataset.denied;
    } finally {
      stream?.getTracks().forEach((track) => track.stop());
      video.srcObject = null;
    }
  };

  // The first page looks for it at once; where there is more to fill in, the next field is the cashier's.
  const send = (field, text) => {
    field.value = text;
    const dialog = field.form.querySelector("[data-camera]");
    if (dialog?.open) dialog.close();
    const next = [...field.form.elements].find(
      (each) => each !== field && each.matches("input:not([type=hidden])") && !each.value,
    );
    if (next) next.focus();
    else field.form.requestSubmit();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-scan]");
    if (button) scan(button);
    const close = event.target.closest("[data-camera-close]");
    if (close) close.closest("dialog").close();
  });

  if (navigator.mediaDevices?.getUserMedia) {
    document.querySelectorAll("[data-scan]").forEach((button) => (button.hidden = false));
  }
})();
