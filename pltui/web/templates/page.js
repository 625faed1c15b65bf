// Focus the terminal without a click: once textual.js has connected, because the app would not learn otherwise that it has
// the focus, and whenever the user returns to the page. Once the app has ended, focus the link that opens it again.
window.addEventListener("load", () => {
  const focus = () => {
    const ended = document.body.classList.contains("-closed");
    document.querySelector(ended ? ".closed a" : ".xterm-helper-textarea")?.focus();
  };
  window.addEventListener("focus", focus);
  new MutationObserver(focus).observe(document.body, { attributes: true, attributeFilter: ["class"] });
});
