// What makes the page live. Without it everything can be read, switched and relabelled all the same.
"use strict";

const INTENTS = ["light_on", "light_off", "none"];
const byId = (name) => document.getElementById(name);

function tellTrouble(sentence) {
  const place = byId("trouble");
  place.textContent = sentence;
  place.hidden = !sentence;
}

// --- forms without leaving the page ------------------------------------------------------------------------------

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form));
  if (button && button.name) body.set(button.name, button.value);
  const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Part": "1" } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(text || "The lamp did not take it.");
  return text;
}

function parsed(text) {
  const holder = document.createElement("template");
  holder.innerHTML = text; // from our own server, which escapes everything that was said
  return holder.content;
}

function replaceUtterance(form, button, text) {
  const old = form.closest(".utterance");
  const fresh = parsed(text).querySelector(".utterance");
  const value = old.contains(document.activeElement) && document.activeElement.closest("button") ? button.value : null;
  old.replaceWith(fresh);
  const again = value && [...fresh.querySelectorAll("button")].find((each) => each.value === value);
  (again || fresh).focus();
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const quiet = form.hasAttribute("data-quiet");
  const ofModel = form.hasAttribute("data-model");
  if (!quiet && !ofModel && !form.hasAttribute("data-part")) return;
  event.preventDefault();
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  try {
    const text = await send(form, event.submitter);
    tellTrouble("");
    if (event.submitter && event.submitter.id === "mute") showMuted(event.submitter.value === "mute");
    if (ofModel) await showModel();
    else if (!quiet) replaceUtterance(form, event.submitter, text);
  } catch (error) {
    tellTrouble(error instanceof TypeError ? "The lamp's page does not answer." : error.message);
  } finally {
    delete form.dataset.busy;
  }
});

// --- keys in a list of utterances --------------------------------------------------------------------------------

function press(utterance, value) {
  const button = [...utterance.querySelectorAll("form button")].find((each) => each.value === value);
  if (button) button.form.requestSubmit(button);
}

document.addEventListener("keydown", (event) => {
  const utterance = event.target.closest ? event.target.closest(".utterance") : null;
  if (!utterance || event.altKey || event.ctrlKey || event.metaKey || event.target.tagName === "AUDIO") return;
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  if (step) {
    if (utterance[step]) utterance[step].focus();
    event.preventDefault();
  } else if ("123".includes(event.key)) {
    press(utterance, INTENTS[event.key - 1]);
  } else if (event.key.toLowerCase() === "u") {
    press(utterance, "undo");
  } else if (event.key.toLowerCase() === "p") {
    const sound = utterance.querySelector("audio");
    if (sound) sound.paused ? sound.play() : sound.pause();
  }
});

// --- what is heard -----------------------------------------------------------------------------------------------

function showLight(on) {
  const button = byId("switch");
  byId("light").dataset.lit = on ? "yes" : "no";
  button.value = on ? "light_off" : "light_on";
  button.setAttribute("aria-checked", String(on));
  byId("light-state").textContent = on ? "The light is on" : "The light is off";
  byId("light-hint").textContent = on ? "Switch it off" : "Switch it on";
}

function showMuted(muted) {
  const button = byId("mute");
  button.value = muted ? "unmute" : "mute";
  button.textContent = muted ? "Listen again" : "Mute the microphone";
  if (muted) showNothing("The microphone is muted.");
  else if (byId("words").textContent === "The microphone is muted.") showNothing("Nothing at the moment.");
}

function showWords(words, trace) {
  const place = byId("words");
  place.replaceChildren();
  words.forEach((word, number) => {
    const span = document.createElement("span");
    span.textContent = word;
    const likely = trace[number] || [0, 0, 1];
    const most = likely.indexOf(Math.max(...likely));
    if (most < 2) span.className = "leans-" + INTENTS[most];
    place.append(span, " ");
  });
}

function showProbabilities(triple) {
  INTENTS.forEach((intent, number) => {
    document.querySelectorAll('[data-intent="' + intent + '"]').forEach((each) => {
      if (each.tagName === "METER") each.value = triple ? triple[number] : 0;
      else each.textContent = triple ? Math.round(100 * triple[number]) + " %" : "";
    });
  });
}

function showNothing(sentence) {
  const span = document.createElement("span");
  span.className = "faint";
  span.textContent = sentence;
  byId("words").replaceChildren(span);
  showProbabilities(null);
}

async function refresh(place, path) {
  try {
    const answer = await fetch(path, { headers: { "X-Part": "1" } });
    if (answer.ok) byId(place).replaceChildren(parsed(await answer.text()));
  } catch (error) {
    // The connection for events says it.
  }
}

let newestSoon = 0;
let lastTouch = 0;
["pointerdown", "pointermove", "keydown"].forEach((kind) =>
  document.addEventListener(kind, (event) => {
    const newest = byId("newest");
    if (newest && newest.contains(event.target)) lastTouch = Date.now();
  }),
);

function refreshNewest() {
  clearTimeout(newestSoon); // the journal writes within half a second
  newestSoon = setTimeout(async () => {
    // What somebody is about to press must not move away from under the finger.
    if (Date.now() - lastTouch < 4000) return refreshNewest();
    const held = document.activeElement.closest("#newest .utterance");
    await refresh("newest", "/newest");
    if (held && byId(held.id)) byId(held.id).focus({ preventScroll: true });
  }, 800);
}

function setRunning(running, why) {
  tellTrouble(running ? "" : why + " Looking for it again.");
  byId("switch").disabled = byId("mute").disabled = !running;
  if (running) return;
  showNothing("Nothing can be heard.");
  byId("light-state").textContent = "The light cannot be switched";
  byId("light-hint").textContent = "";
}

let wasGone = false;
const HANDLERS = {
  status(told) {
    const status = told.status;
    if (wasGone) {
      setRunning(true);
      showNothing("Nothing at the moment.");
      refreshNewest();
    }
    wasGone = false;
    byId("switch").disabled = byId("mute").disabled = false;
    showLight(status.light === "on");
    showMuted(status.state === "muted");
    refresh("health", "/health");
  },
  gone(told) {
    wasGone = true;
    setRunning(false, told.why);
  },
  heard(told) {
    showWords(told.text ? told.text.split(" ") : [], told.trace || []);
    showProbabilities(told.probabilities || null);
    if (told.final) refreshNewest();
  },
  light(told) {
    showLight(told.on);
  },
  label: refreshNewest,
};

let source = null;
function look() {
  if (source || document.hidden) return;
  source = new EventSource("/events");
  source.onmessage = (message) => {
    const told = JSON.parse(message.data);
    if (HANDLERS[told.event]) HANDLERS[told.event](told);
  };
  source.onerror = () => {
    wasGone = true;
    setRunning(false, "The lamp's page does not answer.");
    if (source && source.readyState === EventSource.CLOSED) {
      source = null; // refused: the browser does not try again by itself
      setTimeout(look, 5000);
    }
  };
}

document.addEventListener("visibilitychange", () => {
  // A browser has six connections to one place; a page that nobody sees needs none.
  if (document.hidden && source) {
    source.close();
    source = null;
  } else {
    look();
  }
});

if (byId("light")) look();

// --- the model: a retraining's progress, and the budget as a slider ------------------------------------------------

let progressSource = null;
function followRetraining() {
  const place = byId("retrain");
  if (!place || place.dataset.running !== "yes" || progressSource) return;
  progressSource = new EventSource("/model/events");
  progressSource.onmessage = (message) => {
    const told = JSON.parse(message.data);
    const bar = byId("retrain-progress");
    if (bar && told.known) bar.value = told.share;
    if (bar && told.known) byId("retrain-state").dataset.share = Math.round(100 * told.share) + " %";
    if (!told.running) {
      progressSource.close();
      progressSource = null;
      showModel();
    }
  };
}

async function showModel() {
  const held = document.activeElement.closest("section");
  await refresh("model", "/model");
  beginModel();
  const again = held && document.querySelector('[aria-labelledby="' + held.getAttribute("aria-labelledby") + '"] button');
  if (again) again.focus({ preventScroll: true });
}

function tellBudget() {
  const rows = [...document.querySelectorAll("#budgets [data-from]")];
  const number = Number(byId("a-day").value);
  const chosen = rows.filter((row) => Number(row.dataset.from) <= number).pop() || rows[0];
  if (!chosen) return;
  rows.forEach((row) => {
    row.classList.toggle("chosen", row === chosen);
    if (row === chosen) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  });
  const [obeyed, wrong, silent] = [...chosen.querySelectorAll("td")].map((cell) => cell.textContent);
  const place = byId("budget-told");
  if (!place) return;
  place.textContent = "With " + number + " a day: commands obeyed " + obeyed + ", false activations " + wrong + ", acts nobody remarked on " + silent + ".";
  place.hidden = false;
}

function beginModel() {
  const slider = byId("a-day-slider");
  if (!slider) return;
  const number = byId("a-day");
  slider.hidden = false;
  slider.value = Math.log10(Number(number.value));
  slider.addEventListener("input", () => {
    number.value = Number((10 ** Number(slider.value)).toPrecision(2));
    tellBudget();
  });
  number.addEventListener("input", () => {
    if (number.value > 0) slider.value = Math.log10(Number(number.value));
    tellBudget();
  });
  followRetraining();
  if (byId("look").hasAttribute("data-later")) refresh("look", "/model/look").then(tellBudget);
  else tellBudget();
}
beginModel();

// --- coming in: the key leaves the address at once ----------------------------------------------------------------

if (document.querySelector("form[data-key]")) history.replaceState(null, "", "/enter");
