// What a page can do beyond links and forms. Everything here stands on the same pages: a form is sent, and of the page
// that answers the parts that differ are put in place of ours; without this script the browser does the same, with more
// flicker.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const body = document.body;
const focused = () => document.activeElement;
const on = (target, type, act, options) => target.addEventListener(type, act, options);
const make = (name, properties) => Object.assign(document.createElement(name), properties);
const actionOf = (form) => form.getAttribute("action");
const isLive = body.hasAttribute("data-live");
const status = (text) => { const line = $("#status"); if (line && line.textContent !== text) line.textContent = text; };

// The browser knows where it is.
const zone = $("form[action='/register'] [name=time_zone]");
if (zone && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";

/** Fetches a page and reads it. */
async function ask(url, init) {
  const response = await fetch(url, init);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return { response, page, isSignIn: response.status === 401 || new URL(response.url).pathname === "/sign-in" };
}

/** Keeps a path in the address, without word of what has just been done: that is shown once. */
function address(href) {
  const url = new URL(href);
  url.searchParams.delete("did");
  if (url.href !== location.href) history.replaceState(null, "", url);
}
if (location.search.includes("did=")) address(location.href);

// What has been typed.

const fields = (form) => $$("input:not([type=hidden]), select, textarea", form);
const original = (field) => field.options
  ? ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value
  : field.defaultValue;
const originals = (form) => fields(form).map(original).join("\0");
const values = (form) => fields(form).map((field) => field.value).join("\0");
// What was refused has been typed, too, though the page came with it.
const isDirty = (form) => values(form) !== originals(form) || $(".error:not(:empty)", form) !== null;

// Where the focus is, so that it is there again in what comes.

const rows = () => $$("#list .rows > li:not([inert])");
const current = () => focused()?.closest("#list .rows > li");
const key = (row) => $("a", row).getAttribute("href");

function place() {
  const at = focused();
  const row = current();
  if (row) return { key: key(row), index: rows().indexOf(row), tag: at.localName };
  return at?.form && { action: actionOf(at.form), index: [...at.form.elements].indexOf(at) };
}

function refocus(was) {
  if (!was || focused() !== body) return;
  const all = rows();
  const row = was.key && (all.find((row) => key(row) === was.key) ?? all[Math.min(was.index, all.length - 1)]);
  const form = was.action && $$("form").find((form) => actionOf(form) === was.action);
  const target = row ? $(was.tag, row) ?? $("a", row) : form?.elements[was.index];
  (target && !target.matches(":disabled") ? target : $("#main")).focus({ preventScroll: true });
}

// Parts of pages that are put in place of ours.

let listed = $("#list")?.innerHTML;
// A list that answers a form, perhaps that of a sign-in, has another address than it was asked for by.
const here = () => $("#list [name=next]").value;

function replace(selector, page) {
  const [ours, theirs] = [$(selector), $(selector, page)];
  if (ours && theirs && ours.innerHTML !== theirs.innerHTML) ours.replaceChildren(...theirs.childNodes);
}

function showHead(page) {
  // A menu that is open stays so.
  if (!$("#more:popover-open")) replace(".menu", page);
  replace(".head h1", page);
  replace(".date", page);
}

function showList(page) {
  const [ours, theirs] = [$("#list"), $("#list", page)];
  if (theirs.innerHTML === listed && !$("[inert]", ours)) return;
  const was = place();
  listed = theirs.innerHTML;
  ours.replaceChildren(...theirs.childNodes);
  dress();
  refocus(was);
}

/** Shows everything of another page but its list. A form that has been typed into since it was sent stays as it is. */
function show(page, sent, was) {
  document.title = page.title;
  replace("#notice", page);
  const kept = $$("#main form:not(.edit)").filter((form) => isDirty(form) && !(form === sent?.form && values(form) === sent.typed));
  if ($("#list") && $("#list", page)) {
    showHead(page);
    const [ours, theirs] = [$(".add"), $(".add", page)];
    if (theirs && sent?.form === ours && !kept.includes(ours) && ($(".error", ours) ?? $(".error", theirs))) ours.replaceWith(theirs);
  } else {
    for (const form of kept) {
      const theirs = $$("form", page).find((other) => actionOf(other) === actionOf(form));
      if (!theirs) continue;
      // Nobody has changed what is being edited: our own change in between is no reason to refuse it.
      const isOurs = form === sent?.form || originals(form) === originals(theirs);
      if (isOurs && form.elements.revision) form.elements.revision.value = theirs.elements.revision.value;
      theirs.replaceWith(form);
    }
    replace(".menu", page);
    $("#main").replaceChildren(...$("#main", page).childNodes);
    listed = $("#list")?.innerHTML;
    dress();
  }
  const wrong = $("#main [aria-invalid]");
  if (wrong && focused() === body) wrong.focus();
  refocus(was);
  return kept.includes(sent?.form);
}

// Sending, one after the other, in the order of the keys.

let tail = Promise.resolve();
let waiting = 0;
// The newest page whose list is not shown yet.
let later;
// Until when the list must not move: a second click is meant for what was there.
let still = 0;
let stale = false;

function enqueue(job) {
  waiting += 1;
  tail = tail.then(job).catch((error) => status(error.message)).finally(() => { waiting -= 1; settle(); });
}

/** Shows the newest list as soon as it is in nobody's way. */
function settle() {
  if (waiting || $("#list .edit")) return;
  const rest = still - Date.now();
  if (rest > 0) { setTimeout(settle, rest); return; }
  const page = later;
  later = undefined;
  if (page && $("#list")) showList(page);
  if (stale) refresh();
}

const OFFLINE = "No connection. What you typed is still here: try again.";

/** Lets the browser send it and show what comes. */
function leave(action, data) {
  const form = make("form", { method: "post", action });
  for (const [name, value] of data) form.append(make("input", { type: "hidden", name, value }));
  body.append(form);
  form.submit();
}

function send(form, button) {
  const data = new URLSearchParams(new FormData(form, button ?? undefined));
  const action = button?.getAttribute("formaction") ?? actionOf(form);
  const row = button?.closest("#list .rows > li");
  const was = place();
  if (row) finish(row, button);
  const isAdd = form.matches(".add");
  if (isAdd) clear(form);
  const sent = { form, typed: values(form) };
  /** Takes back what was done in hope. */
  const fail = (text) => {
    if (row) { row.inert = false; row.classList.remove("done"); }
    if (!isAdd) throw new Error(text);
    if (values(form) !== sent.typed) throw new Error(`“${data.get(fields(form)[0].name)}”: ${text}`);
    // Sent again, it is the same again, for the first one may have arrived.
    for (const field of [...fields(form), form.elements.request_id]) field.value = data.get(field.name) ?? "";
    throw new Error(text);
  };
  enqueue(async () => {
    const { response, page, isSignIn } = await ask(action, { method: "POST", body: data }).catch(() => fail(OFFLINE));
    if (isSignIn) { leave(action, data); return; }
    if (!response.ok && response.status !== 422) {
      if (row) stale = true;
      fail(`${$("h1", page)?.textContent}. Nothing was changed.`);
    }
    status("");
    if (response.redirected) address(response.url);
    // A page without a list takes all of this one, below.
    if ($("#list") && $("#list", page)) later = page;
    const isKept = show(page, sent, was);
    const wrong = response.status === 422 && $("#main .error", page);
    if (wrong && isKept) status(`“${[...data.values()][0]}”: ${wrong.textContent}`);
  });
}

/** Leaves a row where it is, done, and goes on to the next. */
function finish(row, button) {
  const [all, was] = [rows(), current() === row && place()];
  if (button.matches("[formaction$=complete]")) row.classList.add("done");
  row.inert = true;
  still = Date.now() + 600;
  if (!was) return;
  const next = all[was.index + 1] ?? all[was.index - 1];
  (next ? $(was.tag, next) : $("#main")).focus({ preventScroll: true });
}

/** Makes room for the next one at once, however long the answer takes. */
function clear(form) {
  const first = fields(form)[0];
  const isIn = form.contains(focused());
  if (!$(".error", form)) form.reset();
  first.value = "";
  // Without one, the server makes it.
  form.elements.request_id.value = crypto.randomUUID?.() ?? "";
  if (isIn) first.focus();
}

const isBoosted = (form) => form.method === "post" && form.closest("#main, #notice") && isLive
  && !form.matches(".edit, [action^='/account']");

on(document, "submit", (event) => {
  if (event.defaultPrevented || !isBoosted(event.target)) return;
  event.preventDefault();
  send(event.target, event.submitter);
  // On the way down: the list's form keeps those of the edit within it to itself.
}, true);

// News from the server: the list reads itself anew.

let reading = false;

async function refresh() {
  stale = Boolean($("#list"));
  // A form that somebody is typing into is not taken away under their fingers.
  if (!stale || reading || waiting || later || still > Date.now() || $("#list .edit")) return;
  stale = false;
  reading = true;
  let pause = 0;
  try {
    const { response, page, isSignIn } = await ask(here());
    if (isSignIn) { signedOut(response.url); return; }
    if (!response.ok) throw new Error(response.status);
    if (!$("#list", page) || waiting || still > Date.now() || $("#list .edit")) stale = true;
    else {
      showHead(page);
      showList(page);
    }
  } catch {
    stale = true;
    pause = 2000;
  } finally {
    reading = false;
    if (stale) setTimeout(settle, pause);
  }
}

function signedOut(url) {
  quit?.();
  if ($$("#main form").some(isDirty)) status("You are signed out. Send what you typed, and sign in.");
  else location.assign(url);
}

// A browser opens few connections to one host, so all its windows share one: that of whoever holds the lock.

const NAME = "todo-events";
const others = new BroadcastChannel(NAME);
let source;
let quit;
let last = "";
let patience = 1000;

others.onmessage = ({ data }) => { if (quit) heard(data.text, data.id); };

function heard(text, id) {
  last = id || last;
  status(text);
  if (!text) refresh();
}

function connect() {
  source = new EventSource("/events" + (last ? "?after=" + encodeURIComponent(last) : ""));
  const tell = (text, id) => { heard(text, id); others.postMessage({ text, id }); };
  const news = (event) => { patience = 1000; tell("", event.lastEventId); };
  on(source, "synced", news);
  on(source, "changed", news);
  on(source, "error", () => {
    tell("Reconnecting …");
    // The browser comes back by itself unless it was refused, perhaps because nobody is signed in any more.
    if (source?.readyState !== EventSource.CLOSED) return;
    refresh();
    setTimeout(() => { if (source?.readyState === EventSource.CLOSED) connect(); }, patience);
    patience = Math.min(2 * patience, 15000);
  });
}

/** Follows what happens, as long as somebody looks. */
function follow() {
  if (quit || document.hidden || !isLive || !$("#list")) return;
  const stop = new AbortController();
  quit = () => { quit = undefined; stop.abort(); source?.close(); source = undefined; };
  if (!navigator.locks) { connect(); return; }
  const lead = () => new Promise((done) => { on(stop.signal, "abort", done); connect(); });
  navigator.locks.request(NAME, { signal: stop.signal }, lead).catch(() => {});
  // Who does not lead hears of what comes, but not of what came while the page did.
  navigator.locks.query().then(({ held }) => { if (held.some((lock) => lock.name === NAME)) refresh(); });
}

const look = () => { if (document.hidden) quit?.(); else if (!quit) { refresh(); follow(); } };
follow();
on(document, "visibilitychange", look);
// Days begin on a quarter of an hour, wherever one is.
setInterval(() => { if (quit && Date.now() % 9e5 < 2e4) refresh(); }, 2e4);

// Editing in place.

function edit(row) {
  const open = $(".edit");
  if (open && isDirty(open)) { open.elements.title.focus(); return; }
  open?.dispatchEvent(new Event("cancel"));
  const form = $("#edit")?.content.firstElementChild.cloneNode(true);
  if (!form || $(".back", row)) return;
  const link = $("a", row);
  const { title, due } = form.elements;
  const problem = $(".error", form);
  title.defaultValue = link.textContent;
  row.classList.add("editing");
  row.append(form);
  title.select();
  const close = () => { form.remove(); row.classList.remove("editing"); link.focus(); settle(); };
  /** What the todo's own page says, of which the list shows a part. */
  const adopt = (page) => {
    const stored = $(".fields", page)?.elements;
    if (!stored) return;
    for (const name of ["id", "zone", "revision", "request_id"]) form.dataset[name] = stored[name].value;
    return stored;
  };
  const known = ask(link.href).then(({ page }) => {
    const stored = adopt(page);
    for (const field of stored ? [title, due] : []) {
      const isTouched = field.value !== field.defaultValue;
      field.defaultValue = stored[field.name].value;
      if (!isTouched && field === focused()) field.select();
    }
  });
  known.catch(() => {});
  on(form, "cancel", close);
  on($("[type=button]", form), "click", close);
  on(form, "keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
  on(form, "submit", (event) => {
    event.preventDefault();
    enqueue(async () => {
      problem.textContent = "";
      try {
        await known;
        const changed = [title, due].filter((field) => field.value !== field.defaultValue);
        if (!changed.length) { close(); return; }
        const data = new URLSearchParams(Object.entries({ ...form.dataset, next: here() }));
        for (const field of changed) data.set(field.name, field.value);
        const { response, page, isSignIn } = await ask(link.href, { method: "POST", body: data });
        if (isSignIn) { leave(link.href, data); return; }
        if (!response.redirected) {
          adopt(page);
          problem.textContent = $(".fields .error", page)?.textContent ?? $("h1", page)?.textContent;
          return;
        }
        address(response.url);
        form.remove();
        row.classList.remove("editing");
        link.focus();
        later = page;
        show(page);
      } catch {
        problem.textContent = OFFLINE;
      }
    });
  });
}

/** Gives the rows what only a script can use. */
function dress() {
  const icons = $("link[rel=icon]").getAttribute("href");
  for (const row of rows()) {
    const [button, link] = [$("button", row), $("a", row)];
    link.id = "t" + link.pathname.split("/")[2];
    button.title = button.textContent;
    button.setAttribute("aria-describedby", link.id);
    if (button.matches(".back")) continue;
    const pen = make("button", { type: "button", className: "pen quiet", title: "Edit" });
    pen.setAttribute("aria-describedby", link.id);
    pen.innerHTML = `<svg aria-hidden="true"><use href="${icons}#pen"/></svg>`;
    row.append(pen);
  }
}
dress();

on(document, "click", (event) => {
  if (event.target.closest(".pen")) edit(event.target.closest("li"));
  if (event.target.closest(".close")) { event.preventDefault(); $("#notice").replaceChildren(); }
});

// Keys.

const go = (selector, path) => { const field = $(selector); if (field) field.focus(); else location.assign(path); };
const keys = {
  n: () => go(".line input", "/#title"),
  "/": () => go("#search", "/#search"),
  j: () => move(1),
  k: () => move(-1),
  x: () => current() && $("button", current()).click(),
  e: () => current() && edit(current()),
  // What has been asked for is done first, so that it is the last of it that is taken back.
  u: () => enqueue(() => { const form = $("#notice form") ?? $("#list"); if (form) send(form); }),
  "?": () => $("#keys")?.showModal(),
};

function move(step) {
  const all = rows();
  const index = all.indexOf(current());
  const next = all[index < 0 ? (step > 0 ? 0 : all.length - 1) : index + step];
  if (next) $("a", next).focus();
}

on(document, "keydown", (event) => {
  // A title has several lines only because it is long.
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Enter" && event.target.matches(".big")) { event.preventDefault(); event.target.form.requestSubmit(); }
  if (event.target.closest("input, textarea, select, dialog")) return;
  const act = keys[event.key];
  if (!act || event.repeat && !"jk".includes(event.key)) return;
  event.preventDefault();
  act();
});
