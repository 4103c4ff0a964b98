// Keeps an open page true: asks for it again when the server tells of news (htmx and its sse extension do the stream
// and the swap), lets ages grow, says so when the server does not answer, and keeps clicks back until it does.
// Without JavaScript the page reloads itself by <meta http-equiv="refresh"> instead.
(function () {
  "use strict";
  // The server says something every 4 s on the stream (limit.rs, LIVE_BEAT_MS).
  var SILENT_MS = 5000;
  // After so long without a word the page is asked for, whether a stream broke or a proxy keeps it back; with this
  // deadline, a server that hangs is told of in under 15 s.
  var DEADLINE_MS = 8000;
  // After so long without an event the page says that it asks instead.
  var POLLED_MS = 11000;
  // While the server is away it is tried this often.
  var RETRY_MS = 2000;
  // A page without news is asked for all the same: what changes by time alone is told by no event.
  var IDLE_MS = 120000;
  // A stream that is silent this long is given up and opened again.
  var REOPEN_MS = 20000;

  var live = document.getElementById("live");
  if (!live || !window.htmx) return;
  var words = live.dataset.ages.split("|");
  var zone = Number(live.dataset.offset);

  var stream = null;
  var eventAt = Date.now(), openedAt = eventAt, askedAt = eventAt, heardAt = eventAt, grownAt = 0;
  var asking = null, again = false, isDown = false, isEnded = false, hasEvents = false;
  // Server time less ours, in milliseconds; unknown until the server said it.
  var ahead = null;
  var last = "";

  function element(id) { return document.getElementById(id); }

  // Writes an age as `Reading::age` in format.rs does.
  function age(seconds) {
    if (seconds < 0) return words[2] + " " + span(Math.max(-seconds, 60));
    return seconds < 60 ? words[0] : span(seconds) + " " + words[1];
  }

  function span(s) {
    var m = Math.floor(s / 60), h = Math.floor(s / 3600), d = Math.floor(s / 86400);
    if (h === 0) return m + " " + words[3];
    if (d === 0) return h + " " + words[4] + (h < 6 && m % 60 > 0 ? " " + (m % 60) + " " + words[3] : "");
    return d + " " + words[5] + (d < 4 && h % 24 > 0 ? " " + (h % 24) + " " + words[4] : "");
  }

  function grow() {
    if (ahead === null) return;
    grownAt = Date.now();
    var now = Math.floor((grownAt + ahead) / 1000);
    document.querySelectorAll("time[data-age]").forEach(function (time) {
      var at = Date.parse(time.dateTime) / 1000;
      var text = isNaN(at) ? time.textContent : age(now - at);
      // Untouched where nothing changed: marked text must stay marked.
      if (time.textContent !== text) time.textContent = text;
    });
  }

  // `14.05` in the zone of the election, of a moment on our clock.
  function clock(ms) {
    return new Date(ms + (ahead || 0) + zone * 1000).toISOString().slice(11, 16).replace(":", ".");
  }

  function show() {
    var off = element("off"), how = element("how"), asOf = document.querySelector("#fresh time");
    if (isDown && off.hidden) {
      element("since").textContent = clock(heardAt);
      element("as-of").textContent = asOf ? asOf.textContent : "–";
    }
    // Written only when it changes, so that it is read out once.
    if (off.hidden === isDown) off.hidden = !isDown;
    if (element("ended").hidden === isEnded) element("ended").hidden = !isEnded;
    var state = isDown ? "off" : Date.now() - eventAt >= POLLED_MS ? "polled" : hasEvents ? "live" : "starting";
    if (live.dataset.state !== state) live.dataset.state = state;
    if (how) how.hidden = state !== "polled";
  }

  function heard(serverMs) {
    heardAt = Date.now();
    if (serverMs > 0) ahead = serverMs - heardAt;
  }

  function isTyped() {
    return Array.prototype.some.call(document.querySelectorAll("main input, main textarea, main select"), function (field) {
      if (field.type === "hidden") return false;
      if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
      if (field.options) return Array.prototype.some.call(field.options, function (o) { return o.selected !== o.defaultSelected && o.defaultSelected; });
      return field.value !== field.defaultValue;
    });
  }

  // Asks for this very page. Browsers send the tag of the one they have, and an unchanged page is not sent again.
  function ask() {
    if (asking) { again = true; return asking; }
    askedAt = Date.now();
    asking = fetch(location.href, { credentials: "same-origin", redirect: "manual", signal: AbortSignal.timeout(DEADLINE_MS) })
      .then(function (reply) {
        // A redirect is the sign-in page: the session ended.
        if (reply.type === "opaqueredirect") { isDown = false; heard(0); ended(); return null; }
        if (!reply.ok) throw new Error("status " + reply.status);
        return reply.text().then(function (text) {
          isEnded = isDown = false;
          heard(Date.parse(reply.headers.get("date")) || 0);
          return text === last ? show() : take(text);
        });
      })
      .catch(function () { isDown = true; show(); })
      .then(function () {
        asking = null;
        askedAt = Date.now();
        if (again) { again = false; if (!isDown) ask(); }
      });
    return asking;
  }

  function take(text) {
    last = text;
    // Whatever else answers at this address, such as a proxy with a page of its own, is none of ours.
    if (text.indexOf('id="fresh"') < 0) throw new Error("not a page of ours");
    var morph = "outerMorph";
    return window.htmx.swap({
      text: text, sourceElement: live, target: "#main", select: "#main", swap: morph,
      selectOOB: ["#nav", "#fresh", "#alarms", "#leave"].map(function (part) { return part + ":" + morph; }).join(",")
    }).then(function () { grow(); show(); reveal(); });
  }

  // What somebody typed is not thrown away for a sign-in form.
  function ended() {
    isEnded = isTyped();
    if (isEnded) show(); else location.reload();
  }

  function told(event) {
    eventAt = Date.now();
    hasEvents = true;
    heard(Number(event.detail && event.detail.data) * 1000);
    show();
    if (event.type === "news" || isEnded) ask();
  }

  function tick() {
    var now = Date.now();
    if (now - grownAt > 5000) grow();
    show();
    if (document.hidden || asking) return;
    if (isDown ? now - askedAt > RETRY_MS : now - heardAt > SILENT_MS || now - askedAt > IDLE_MS) ask();
    if (now - Math.max(eventAt, openedAt) > REOPEN_MS) open();
  }

  function open() {
    openedAt = Date.now();
    if (stream && stream.reader) stream.reader.cancel();
    window.htmx.trigger(live, "live:open");
  }

  live.addEventListener("htmx:sse:before:connection", function (event) { stream = event.detail.connection; });
  live.addEventListener("htmx:sse:error", function () { ask(); });
  live.addEventListener("htmx:sse:close", function () { stream = null; });
  live.addEventListener("news", told);
  live.addEventListener("beat", told);

  // A click while the server is away would leave this page for an error of the browser. While it is in doubt, the
  // answer decides.
  function keep(event, goOn) {
    var inDoubt = Date.now() - heardAt > SILENT_MS && asking;
    if (!isDown && !inDoubt) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (isDown) { element("off").scrollIntoView({ block: "nearest" }); return; }
    asking.then(function () { if (!isDown) goOn(); });
  }

  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href]");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.target === "_blank" || link.origin !== location.origin || link.getAttribute("href").charAt(0) === "#") return;
    keep(event, function () { location.href = link.href; });
  }, true);

  document.addEventListener("submit", function (event) {
    keep(event, function () { event.target.requestSubmit(event.submitter || undefined); });
  }, true);

  // The clipboard needs https or this very machine; elsewhere the text is marked and copied as by hand.
  function copy(button) {
    var text = element(button.dataset.copy), before = button.textContent;
    function done() {
      button.textContent = button.dataset.done;
      setTimeout(function () { button.textContent = before; }, 2000);
    }
    function byHand() {
      getSelection().selectAllChildren(text);
      if (document.execCommand("copy")) done();
    }
    if (navigator.clipboard) navigator.clipboard.writeText(text.textContent).then(done, byHand); else byHand();
  }

  function reveal() {
    document.querySelectorAll("[data-copy]").forEach(function (button) { button.hidden = false; });
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-copy]");
    if (button) copy(button);
  });

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    var found = { "/": "input[type=search]", "s": "[data-copy]", "t": "[data-take]" }[event.key];
    var here = event.key === "t" && event.target.closest("li, tr");
    var target = found && ((here && here.querySelector(found)) || document.querySelector(found));
    if (!target) return;
    event.preventDefault();
    if (event.key === "/") target.focus(); else target.click();
  });

  document.addEventListener("visibilitychange", function () { if (!document.hidden) { eventAt = openedAt = Date.now(); ask(); } });
  window.addEventListener("online", ask);
  window.addEventListener("offline", ask);
  window.addEventListener("pageshow", function (event) { if (event.persisted) ask(); });
  reveal();
  setInterval(tick, 1000);
})();
