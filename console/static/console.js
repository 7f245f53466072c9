// What makes the console's pages quick. Every page is complete without it.
//
// data-swap       a link or a form (GET) whose page replaces this one's content without a reload
// data-refresh    an element with an id that is fetched anew every so many seconds, from this page's own address
// data-events     an address of server-sent events: `swap` (elements that replace those of the same id), `rows` (rows
//                 put first into the table body that has the attribute; data-most: how many stay; data-last: put last)
// data-copy       a button that copies this text
// data-all        a checkbox that checks all others of this name in its form
// data-upload     a form whose files are put by presigned addresses, which the page at data-upload gives
// data-submit     a field whose form is sent when it changes
"use strict";

const parse = (html) => new DOMParser().parseFromString(html, "text/html");
const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const token = () => document.body.dataset.token;

document.body.classList.add("scripted");

// Partial updates

let loading = null;

async function load(url, push = true) {
  loading?.abort();
  loading = new AbortController();
  let answer;
  try {
    answer = await fetch(url, { signal: loading.signal, headers: { accept: "text/html" } });
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url);
    return;
  }
  if (!(answer.headers.get("content-type") || "").startsWith("text/html")) return void location.assign(url);
  const page = parse(await answer.text());
  const main = one("#main", page);
  if (!main || !one("#main")) return void location.assign(url);
  const focused = document.activeElement?.id || document.activeElement?.name;
  closeStreams();
  one("#main").replaceWith(document.adoptNode(main));
  document.title = page.title;
  if (push) history.pushState({ swapped: true }, "", answer.url);
  const again = focused && main.querySelector(`[id="${CSS.escape(focused)}"], [name="${CSS.escape(focused)}"]`);
  if (again) {
    again.focus();
    if (again.value && again.setSelectionRange && /text|search/.test(again.type)) again.setSelectionRange(again.value.length, again.value.length);
  }
  begin();
}

function swapIn(html) {
  for (const fresh of all("[id]", parse(html))) {
    const old = document.getElementById(fresh.id);
    if (old && !old.contains(document.activeElement)) old.replaceWith(document.adoptNode(fresh));
  }
}

addEventListener("popstate", () => load(location.href, false));

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    load(link.href);
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) copyText(copy);
  event.target.closest("[data-dismiss]")?.parentElement.remove();
  if (event.target.closest("[data-keys]")) one("#keys").showModal();
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("form[data-swap]") && form.method === "get") {
    event.preventDefault();
    const query = new URLSearchParams([...new FormData(form, event.submitter)].filter(([, value]) => value !== ""));
    load(`${form.action.split("?")[0]}?${query}`);
  }
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches("[data-submit]")) field.form.requestSubmit();
  if (field.matches("[data-all]")) {
    for (const box of all(`input[type=checkbox][name="${CSS.escape(field.dataset.all)}"]`, field.form || document)) box.checked = field.checked;
  }
});

async function copyText(button) {
  let text = button.dataset.copy;
  try {
    if (button.dataset.copyFrom) text = await (await fetch(button.dataset.copyFrom)).text();
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1200);
}

// Live parts

let streams = [];
let timers = [];

function closeStreams() {
  streams.forEach((stream) => stream.close());
  timers.forEach(clearInterval);
  streams = [];
  timers = [];
}

function listen(element) {
  const stream = new EventSource(element.dataset.events);
  stream.addEventListener("swap", (event) => swapIn(event.data));
  stream.addEventListener("rows", (event) => {
    const rows = all("tr", parse(`<table><tbody>${event.data}</tbody></table>`));
    for (const row of rows) {
      document.adoptNode(row).classList.add("new");
      if ("last" in element.dataset) element.append(row);
      else element.prepend(row);
    }
    const most = Number(element.dataset.most || 500);
    while (element.rows.length > most) ("last" in element.dataset ? element.rows[0] : element.rows[element.rows.length - 1]).remove();
    const none = document.getElementById(element.dataset.empty);
    if (none && rows.length) none.hidden = true;
  });
  streams.push(stream);
}

function refresh(element) {
  timers.push(setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      const fresh = parse(await answer.text()).getElementById(element.id);
      const old = document.getElementById(element.id);
      if (answer.ok && fresh && old && !old.contains(document.activeElement) && old.innerHTML !== fresh.innerHTML) old.replaceWith(document.adoptNode(fresh));
    } catch { /* the next time */ }
  }, Number(element.dataset.refresh) * 1000));
}

// Keys

const typing = (element) => element.matches?.("input, select, textarea, [contenteditable]");
let prefix = 0;
let chosen = -1;

function choose(step) {
  const rows = all("main tbody tr").filter((row) => one("a", row));
  if (!rows.length) return;
  rows.forEach((row) => row.classList.remove("chosen"));
  chosen = Math.max(0, Math.min(rows.length - 1, chosen + step));
  rows[chosen].classList.add("chosen");
  (one("a.row-link", rows[chosen]) || one("a", rows[chosen])).focus({ preventScroll: true });
  rows[chosen].scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
  if (event.key === "Escape" && typing(event.target)) event.target.blur();
  if (typing(event.target)) return;
  if (Date.now() - prefix < 1500) {
    prefix = 0;
    const link = one(`.side a[data-key="${CSS.escape(event.key)}"]`);
    if (link) location.assign(link.href);
    return;
  }
  const act = {
    "/": () => one("[data-search]")?.focus(),
    "?": () => one("#keys").showModal(),
    g: () => { prefix = Date.now(); },
    j: () => choose(1),
    k: () => choose(-1),
    r: () => load(location.href, false),
    u: () => { const up = all(".crumbs a").pop(); if (up) location.assign(up.href); },
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

// Files put by dropping them

async function upload(form, files) {
  const list = one("[data-uploads]", form);
  for (const file of files) {
    const line = document.createElement("div");
    const name = document.createElement("span");
    const bar = document.createElement("progress");
    name.textContent = file.webkitRelativePath || file.name;
    bar.max = 1;
    bar.value = 0;
    bar.setAttribute("aria-label", `Upload of ${name.textContent}`);
    line.append(name, bar);
    list.append(line);
    try {
      await put(form, file, name.textContent, bar);
    } catch (error) {
      name.textContent += `: ${error.message}`;
      name.className = "bad-text";
      continue;
    }
    bar.value = 1;
  }
  if (!one(".bad-text", list)) load(location.href, false);
}

async function put(form, file, name, bar) {
  const body = new URLSearchParams({ name, type: file.type });
  const asked = await fetch(form.dataset.upload, { method: "POST", body, headers: { "x-console-token": token() } });
  if (!asked.ok) throw new Error((await asked.text()).slice(0, 300));
  const { url, headers } = await asked.json();
  await new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    for (const [header, value] of Object.entries(headers)) request.setRequestHeader(header, value);
    request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; };
    request.onload = () => {
      if (request.status < 300) return resolve();
      const said = new DOMParser().parseFromString(request.responseText, "text/xml").querySelector("Message");
      reject(new Error(said?.textContent || `status ${request.status}`));
    };
    request.onerror = () => reject(new Error("the connection was lost"));
    request.send(file);
  });
}

function acceptFiles(form) {
  const zone = one("#main");
  const over = (event) => { event.preventDefault(); zone.classList.add("drop"); };
  zone.addEventListener("dragover", over);
  zone.addEventListener("dragleave", () => zone.classList.remove("drop"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("drop");
    upload(form, event.dataTransfer.files);
  });
  form.addEventListener("submit", (event) => {
    const files = one("input[type=file]", form).files;
    if (files.length) {
      event.preventDefault();
      upload(form, files);
    }
  });
}

// Times: relative ones stay true while a page is open, by the fleet's clock

const spans = [[31536000, "year"], [2592000, "month"], [86400, "day"], [3600, "hour"], [60, "minute"]];

function relative(seconds) {
  const past = Math.abs(seconds);
  const [span, name] = spans.find(([length]) => past >= length) || [1, "s"];
  const count = Math.floor(past / span);
  if (past < 1) return "now";
  const said = name === "s" ? `${count} s` : `${count} ${name}${count > 1 ? "s" : ""}`;
  return seconds < 0 ? `in ${said}` : `${said} ago`;
}

setInterval(() => {
  const now = Date.now() / 1000 + Number(document.body.dataset.offset || 0);
  for (const time of all("main time[datetime]")) {
    const said = relative(now - Date.parse(time.dateTime) / 1000);
    const shown = one("span", time);
    if (shown && shown.textContent !== said) shown.textContent = said;
  }
}, 1000);

function begin() {
  chosen = -1;
  all("[data-events]").forEach(listen);
  all("[data-refresh]").forEach(refresh);
  all("form[data-upload]").forEach(acceptFiles);
}

addEventListener("pagehide", closeStreams);
one(".side a[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });  // a narrow window has them in a row
begin();
