// SPDX-License-Identifier: Apache-2.0
// Runs in the browser: keeps what is left of each product up to date, and shows what others buy.

const SHOWN_MS = 5_000;
const MAX_SHOWN = 3;
const RETRY_MS = 2_000;

const sign = document.querySelector('.live');
const toasts = document.querySelector('.toasts');

connect();

function connect() {
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/notifications`);
  socket.addEventListener('open', () => (sign.hidden = false));
  socket.addEventListener('message', ({ data }) => show(JSON.parse(data)));
  socket.addEventListener('close', () => {
    sign.hidden = true;
    setTimeout(connect, RETRY_MS);
  });
}

function show({ item, left, isSale }) {
  for (const place of document.querySelectorAll(`.stock[data-item="${CSS.escape(item)}"]`)) {
    place.textContent = `${left} left`;
    place.classList.toggle('few', left <= Number(place.dataset.few));
  }
  if (isSale) showToast(item, left);
}

function showToast(item, left) {
  const toast = document.createElement('a');
  toast.href = `/products/${encodeURIComponent(item)}`;
  const name = document.createElement('strong');
  name.textContent = item;
  toast.append('Somebody just bought: ', name, ` · ${left} left`);
  toasts.append(toast);
  if (toasts.childElementCount > MAX_SHOWN) toasts.firstElementChild.remove();
  setTimeout(() => toast.remove(), SHOWN_MS);
}
