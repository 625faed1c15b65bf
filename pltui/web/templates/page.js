// Keys go to the terminal without a click: from when textual.js has reached the app, which else would not be told that
// it has the keyboard, and again when one comes back to the page. Once the app has ended, Enter opens it again.
window.addEventListener("load", () => {
  const focus = () => {
    const ended = document.body.classList.contains("-closed");
    document.querySelector(ended ? ".closed a" : ".xterm-helper-textarea")?.focus();
  };
  window.addEventListener("focus", focus);
  new MutationObserver(focus).observe(document.body, { attributes: true, attributeFilter: ["class"] });
});
