// The phones: what is typed or tapped goes to the server, what changes comes back by one stream for the whole page.
const page = document.querySelector("[data-stream]");
const seenInAddress = /([?&]after=)[^&]*/;
let newest = null;

function columnOf(phone) {
  return document.getElementById(`phone-${phone}`);
}

function toTheEnd(column) {
  const chat = column.querySelector(".chat");
  chat.scrollTop = chat.scrollHeight;
}

function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function isNumber(words) {
  return /^\p{Nd}$/u.test(words.trim());
}

function writing(column, isWriting) {
  column.querySelector(".writing").hidden = !isWriting;
}

function offline(isOffline) {
  for (const line of page.querySelectorAll(".offline")) line.hidden = !isOffline;
}

// What stands around a chat follows the language of whoever has the phone.
function follow({ phone, language, direction, words }) {
  const column = columnOf(phone);
  if (!column) return;
  column.querySelector(".phone").dir = direction;
  column.querySelector(".heading").lang = language;
  column.querySelector(".offline").textContent = words.offline;
  column.querySelector(".writing").textContent = words.writing;
  column.querySelector(".about bdi").textContent = words.about;
  column.querySelector(".composer [name=text]").placeholder = words.message;
  const send = column.querySelector(".send");
  send.lang = language;
  send.setAttribute("aria-label", words.send);
  const choice = column.querySelector(`option[value="/language ${CSS.escape(language)}"]`);
  if (choice) choice.selected = true;
}

// A tapped button vanishes from its bubble: whoever uses the keyboard goes on at what comes in its place.
function goOn(chat, bubble) {
  const button = bubble.querySelector("button");
  if (button) button.focus({ preventScroll: true });
  else chat.focus({ preventScroll: true });
  chat.dataset.waits = button ? "" : "yes";
}

// A changed bubble may be newer than those below it, so a day begins where it is later than all that is shown.
function beginsDay(list, bubble) {
  const days = [...list.querySelectorAll(".bubble")].map((shown) => shown.dataset.day);
  return days.length > 0 && days.every((day) => day < bubble.dataset.day);
}

function showBubble({ phone, key, own, html }) {
  const column = columnOf(phone);
  if (!column) return;
  const template = document.createElement("template");
  template.innerHTML = html;
  const bubble = template.content.querySelector(".bubble");
  const list = column.querySelector(".chat ol");
  const former = list.querySelector(`[data-key="${CSS.escape(key)}"]`);
  const chat = column.querySelector(".chat");
  const isAtEnd = chat.scrollHeight - chat.scrollTop - chat.clientHeight < 120;
  if (former) {
    const hadFocus = former.contains(document.activeElement);
    const wasLast = former === list.lastElementChild;
    former.replaceWith(bubble);
    if (hadFocus) goOn(chat, bubble);
    if (wasLast && isAtEnd) toTheEnd(column);
  } else {
    bubble.classList.add("new");
    if (beginsDay(list, bubble)) list.append(template.content.querySelector(".day"));
    list.append(bubble);
    if (isAtEnd || own) toTheEnd(column);
    if (chat.dataset.waits && !own && document.activeElement === chat) goOn(chat, bubble);
  }
  for (const picture of bubble.querySelectorAll("img")) picture.addEventListener("load", () => toTheEnd(column));
  const asks = [...bubble.querySelectorAll(".options button")].some((button) => isNumber(button.textContent));
  document.dispatchEvent(new CustomEvent("teabreak:news", { detail: { role: column.dataset.role, asks } }));
}

// What was taken back is gone at once, for whoever looks at the page and for the keyboard.
function empty({ phone }) {
  const chat = columnOf(phone)?.querySelector(".chat");
  if (!chat) return;
  const hadFocus = chat.contains(document.activeElement);
  chat.querySelector("ol").replaceChildren();
  if (hadFocus) {
    chat.focus({ preventScroll: true });
    chat.dataset.waits = "yes";
  }
}

function listen() {
  const address = newest === null ? page.dataset.stream : page.dataset.stream.replace(seenInAddress, `$1${encodeURIComponent(newest)}`);
  const stream = new EventSource(address);
  stream.addEventListener("open", () => offline(false));
  stream.addEventListener("bubble", (event) => {
    newest = event.lastEventId;
    showBubble(JSON.parse(event.data));
  });
  stream.addEventListener("emptied", (event) => {
    newest = event.lastEventId;
    empty(JSON.parse(event.data));
  });
  stream.addEventListener("frame", (event) => follow(JSON.parse(event.data)));
  stream.addEventListener("writing", (event) => {
    const told = JSON.parse(event.data);
    const column = columnOf(told.phone);
    if (column) writing(column, told.writing);
  });
  stream.addEventListener("error", () => {
    offline(true);
    // A browser gives up for good when it gets an error page, such as the one of a server that is just starting.
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 3000);
  });
}

const waits = [500, 1500, 3000, 6000, 10000];

async function post(address, message, column) {
  const trouble = column.querySelector(".trouble");
  const body = JSON.stringify(message);
  for (const wait of [...waits, null]) {
    let status = 0;
    try {
      const answer = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body });
      status = answer.status;
    } catch {
      status = 0;
    }
    if (status >= 200 && status < 300) {
      trouble.textContent = "";
      return true;
    }
    // The same id goes out again, so a message that did arrive is not taken twice.
    if ((status !== 0 && status < 500) || wait === null) break;
    trouble.textContent = trouble.dataset.retry;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  trouble.textContent = trouble.dataset.failed;
  return false;
}

async function submit(form, submitter) {
  const column = form.closest(".column");
  const typed = form.querySelector("[name=text]");
  const message = { phone: column.dataset.phone, id: freshId() };
  if (submitter?.name === "token") {
    message.token = submitter.value;
    message.message = form.elements.message.value;
  } else if (typed.value.trim()) {
    message.text = typed.value;
    if (form.matches(".composer")) typed.value = "";
  } else {
    return;
  }
  toTheEnd(column);
  column.querySelector(".phone").scrollIntoView({ block: "nearest" });
  const isAnswer = isNumber(message.text ?? submitter.textContent);
  document.dispatchEvent(new CustomEvent("teabreak:sent", { detail: { role: column.dataset.role, isAnswer } }));
  const wasSent = await post(form.getAttribute("action"), message, column);
  if (!wasSent && message.text && form.matches(".composer") && !typed.value) typed.value = message.text;
}

page.addEventListener("submit", (event) => {
  event.preventDefault();
  submit(event.target, event.submitter);
});
page.addEventListener("change", (event) => {
  if (event.target.matches(".language select")) event.target.form.requestSubmit();
});
for (const column of page.querySelectorAll(".column")) {
  toTheEnd(column);
  for (const picture of column.querySelectorAll("img")) picture.addEventListener("load", () => toTheEnd(column));
}
listen();
