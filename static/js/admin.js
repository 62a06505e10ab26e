// The model admin keeps its theme in local storage, our pages in a cookie: take it over coming in, give it back going out.
"use strict";

(() => {
  const match = document.cookie.match(/(?:^|; )theme=(light|dark|system)/);
  const ours = match ? match[1] : "system";
  localStorage.setItem("adminTheme", JSON.stringify(ours === "system" ? "auto" : ours));

  window.addEventListener("pagehide", () => {
    const theirs = JSON.parse(localStorage.getItem("adminTheme") || '"auto"');
    const theme = theirs === "auto" ? "system" : theirs;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  });
})();
