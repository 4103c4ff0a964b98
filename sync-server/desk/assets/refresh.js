// Keeps a desk page fresh: fetches it every ten seconds and swaps its <main> when that changed.
// Without JavaScript the page reloads itself by <meta http-equiv="refresh"> instead.
(function () {
  "use strict";
  var PERIOD_MS = 10000;
  var busy = false;

  function fresh() { return document.getElementById("fresh"); }

  function offline() {
    var mark = fresh();
    if (!mark || mark.classList.contains("off")) return;
    mark.classList.add("off");
    // Read out only this: a page that is fresh every ten seconds is no news.
    mark.setAttribute("role", "status");
    mark.querySelector("[data-word]").textContent = mark.dataset.off;
  }

  // Nothing is swapped under somebody who is typing or marking text in it.
  function inUse(main) {
    var selection = document.getSelection();
    var marked = selection && !selection.isCollapsed && main.contains(selection.anchorNode);
    return marked || (main.contains(document.activeElement) && document.activeElement.matches("input, textarea, select"));
  }

  function take(text) {
    var page = new DOMParser().parseFromString(text, "text/html");
    var next = page.querySelector("main");
    var here = document.querySelector("main");
    var stamp = page.getElementById("fresh");
    if (!next || !here || !stamp) throw new Error("not a page of ours");
    // What somebody unfolded stays so.
    var folds = here.querySelectorAll("details");
    next.querySelectorAll("details").forEach(function (fold, n) {
      if (folds[n]) fold.open = folds[n].open;
    });
    if (next.innerHTML !== here.innerHTML && !inUse(here)) {
      var focused = here.contains(document.activeElement) && document.activeElement.getAttribute("href");
      here.replaceWith(next);
      if (focused) {
        Array.prototype.some.call(next.querySelectorAll("a[href]"), function (a) {
          if (a.getAttribute("href") !== focused) return false;
          a.focus({ preventScroll: true });
          return true;
        });
      }
    }
    fresh().replaceWith(stamp);
    // Read out once, not at every poll.
    var alarms = page.getElementById("alarms");
    var shown = document.getElementById("alarms");
    if (alarms && shown && alarms.innerHTML !== shown.innerHTML) shown.replaceWith(alarms);
    // A restarted server has new form tokens: the sign-out button must keep working.
    var tokens = page.querySelectorAll("header input[name=csrf]");
    document.querySelectorAll("header input[name=csrf]").forEach(function (input, n) {
      if (tokens[n]) input.value = tokens[n].value;
    });
  }

  function poll() {
    if (busy || document.hidden || !fresh()) return;
    busy = true;
    fetch(location.href, { credentials: "same-origin", cache: "no-store", redirect: "manual" })
      .then(function (reply) {
        // A redirect is the sign-in page: the session ended. Reload, so that it shows.
        if (reply.type === "opaqueredirect") { location.reload(); return null; }
        if (!reply.ok) throw new Error("status " + reply.status);
        return reply.text();
      })
      .then(function (text) { if (text !== null) take(text); })
      .catch(offline)
      .then(function () { busy = false; });
  }

  setInterval(poll, PERIOD_MS);
  document.addEventListener("visibilitychange", poll);
  window.addEventListener("online", poll);
  window.addEventListener("offline", offline);
})();
