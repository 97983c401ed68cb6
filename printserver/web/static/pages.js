// Keeps a page true while it is looked at: what the server tells (server-sent events) makes htmx fetch the page's
// living part anew and morph it in. Also opens and closes the dialog. Without this script every page still works.
(() => {
  "use strict";
  const QUIET = 1500, LONGEST = 8000, AGES = 30000, PATIENCE = 2500, AGAIN = 3000;
  const byId = (id) => document.getElementById(id);

  // Where asking is a page of its own, its form leads on to another page: that one then has its address and is kept true.
  for (const form of document.querySelectorAll("main > .alone form")) form.removeAttribute("hx-post");

  // News waits while a pointer moves over buttons or a key is held on one, so that nothing jumps from under it.
  let moved = 0, since = 0, waiting = 0;
  document.addEventListener("pointermove", (event) => {
    if (event.target.closest?.(".actions")) moved = Date.now();
  }, { passive: true });
  document.addEventListener("pointerdown", (event) => {
    if (event.target.closest?.(".actions, summary")) moved = Date.now();
  }, { passive: true });

  function news() {
    const now = Date.now();
    since ||= now;
    clearTimeout(waiting);
    if (now - moved < QUIET && now - since < LONGEST) {
      waiting = setTimeout(news, QUIET);
      return;
    }
    since = 0;
    document.body.dispatchEvent(new Event("news"));
  }

  // The stream of events. A browser comes back by itself unless it was refused; then we try.
  let alarm = 0;
  function follow() {
    const stream = new EventSource("/api/v1/events");
    stream.onopen = () => {
      clearTimeout(alarm);
      alarm = 0;
      byId("lost").hidden = true;
      document.documentElement.dataset.live = "yes";
      news();
    };
    stream.onmessage = news;
    stream.onerror = () => {
      document.documentElement.dataset.live = "no";
      alarm ||= setTimeout(() => { byId("lost").hidden = false; }, PATIENCE);
      if (stream.readyState === EventSource.CLOSED) setTimeout(follow, AGAIN);
    };
    addEventListener("pagehide", () => { clearTimeout(alarm); stream.close(); }, { once: true });
  }
  if (byId("live")?.hasAttribute("hx-get")) {
    follow();
    setInterval(news, AGES);
    addEventListener("pageshow", (event) => { if (event.persisted) follow(); });
  }

  // The dialog: opened when something came into it, closed when its form has done its work.
  const dialog = byId("dialog"), body = byId("dialog-body");
  document.addEventListener("htmx:after:swap", (event) => {
    const target = event.detail.ctx.target;
    const into = typeof target === "string" ? document.querySelector(target) : target;
    if (into === body) {
      if (!dialog.open) dialog.showModal();
      byId("ask-title")?.focus();
    } else if (event.detail.ctx.request.method === "POST") {
      if (dialog.open) dialog.close();
      // the button that opened the dialog may be gone with its row; focus then goes to what was done
      if (document.activeElement === document.body || dialog.contains(document.activeElement)) byId("notice").focus({ preventScroll: true });
    }
  });
  dialog.addEventListener("close", () => body.replaceChildren());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });

  // A link that looks like a button is pressed like one.
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches("a[role=button]")) {
      event.preventDefault();
      event.target.click();
    }
  });

  // A form is sent once; a picture that cannot be shown says so.
  document.addEventListener("submit", (event) => {
    const button = event.target.querySelector("button:not([type=button])");
    if (button) {
      button.setAttribute("aria-busy", "true");
      setTimeout(() => button.removeAttribute("aria-busy"), 4000);
    }
  });
  document.addEventListener("error", (event) => {
    if (event.target instanceof HTMLImageElement) event.target.classList.add("broken");
  }, true);
  document.addEventListener("load", (event) => {
    if (event.target instanceof HTMLImageElement) event.target.classList.remove("broken");
  }, true);
})();
