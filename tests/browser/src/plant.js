// Sends values through forms as a browser reads them, and looks in every answer for what must not be there.
// arguments: the steps, and the function that takes what is wrong. A step is {page, with, acts}: the page is fetched with
// these parameters, and each act fills in and sends a form of what came last. Without steps the open page is looked at.
const steps = arguments[0], done = arguments[1];
const faults = [];

// What no page of the desk has, unless somebody planted it.
function check(doc, where) {
  const bad = doc.querySelectorAll(
    "x-planted, [data-planted], script:not([src]), img, iframe, object, embed, base, style, math, template, [srcdoc]");
  bad.forEach(e => faults.push(where + ": " + e.outerHTML.slice(0, 120)));
  for (const e of doc.querySelectorAll("*")) for (const a of e.attributes) {
    const isUrl = /^(href|action|src|formaction|data)$/.test(a.name);
    const isScript = /^on/.test(a.name) || isUrl && /^[\u0000-\u0020]*(javascript|data):/i.test(a.value);
    if (isScript || a.name === "style") faults.push(where + ": " + a.name + "=" + a.value.slice(0, 80));
  }
  const comments = doc.createTreeWalker(doc, NodeFilter.SHOW_COMMENT);
  while (comments.nextNode()) faults.push(where + ": a comment");
}

async function read(reply, where) {
  const doc = new DOMParser().parseFromString(await reply.text(), "text/html");
  if (reply.status >= 500) faults.push(where + ": status " + reply.status);
  check(doc, where);
  return doc;
}

function filled(form, act) {
  const fields = new URLSearchParams(new FormData(form));
  if (act.every) {
    const open = "textarea, select, input:not([type=hidden]):not([type=checkbox]):not([type=radio])";
    form.querySelectorAll(open).forEach(e => fields.set(e.name, act.every));
  }
  for (const name in act.fill || {}) fields.set(name, act.fill[name]);
  if (act.press) fields.set(...act.press.split("="));
  return fields;
}

async function run(step) {
  const about = step.page + " " + Object.keys(step.with || {});
  const address = step.with ? step.page + "?" + new URLSearchParams(step.with) : step.page;
  let doc = await read(await fetch(address), about);
  for (const act of step.acts || []) {
    const where = about + " " + act.form;
    let form = doc.querySelector(act.form);
    if (!form && act.maybe) continue;
    if (!form) {
      // What came last may be a page that says that the form was too long.
      doc = await read(await fetch(address), about);
      form = doc.querySelector(act.form);
    }
    if (!form) { faults.push(where + ": there is no such form"); return; }
    const action = form.getAttribute("action");
    doc = await read(await fetch(action, { method: "POST", body: filled(form, act) }), where);
  }
}

(async () => {
  if (!steps.length) check(document, location.pathname);
  if (window.planted) faults.push(location.pathname + ": a script ran");
  // Several at a time where their order makes no difference.
  const queue = steps.slice();
  const lane = async () => { for (let s; (s = queue.shift());) await run(s); };
  await Promise.all(Array.from({ length: steps.every(s => !s.acts) ? 4 : 1 }, lane));
})().catch(error => faults.push(String(error && error.stack))).then(() => {
  // A few tell what is wrong; where one was cut in the middle of a letter, the driver would not take it.
  done(faults.slice(0, 20).map(fault => fault.toWellFormed()));
});
