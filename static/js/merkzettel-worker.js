// The Merkzettel without a connection, for who has asked for it. Kept are the page of the Merkzettel, its list, the offers
// on it and the files of the site: nothing else that somebody reads. What the network says comes first.
// PREFIX, the folder of this version's files, is written above by the server.
"use strict";
const NAME = `merkzettel ${PREFIX}`;
const WANTED = "/merkzettel-worker.js?wanted";
const listKey = (path) => `${path}?liste`;
const isInside = (path) => /^\/verwaltung(\/|$)/.test(path);

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("message", (event) => {
  const done = event.ports[0];
  event.waitUntil(keep(event.data).then(() => done?.postMessage(true), () => done?.postMessage(false)));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  // What is behind a log-in is none of its business.
  if (isInside(url.pathname)) return;
  const isList = request.method === "POST" && /^\/[a-z]{2,3}\/merkzettel$/.test(url.pathname);
  if (url.origin === self.location.origin && (request.method === "GET" || isList)) {
    event.respondWith(answer(request, isList ? listKey(url.pathname) : url.pathname));
  }
});

async function answer(request, key) {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await (await caches.open(NAME)).match(key, { ignoreVary: true });
    if (!kept) throw error;
    const headers = new Headers(kept.headers);
    headers.set("X-Kept", "1");
    return new Response(kept.body, { status: kept.status, headers });
  }
}

// `wanted`: { urls: [paths], list: { path, ids, sort } }. What is not wanted any more is forgotten.
async function keep(wanted) {
  const cache = await caches.open(NAME);
  wanted.urls = wanted.urls.filter((path) => /^\/[^/\\]/.test(path) && !isInside(path));
  const paths = new Set([...wanted.urls, listKey(wanted.list.path), WANTED]);
  for (const request of await cache.keys()) {
    const { pathname, search } = new URL(request.url);
    if (!paths.has(pathname + search)) await cache.delete(request);
  }
  await cache.put(WANTED, new Response(JSON.stringify(wanted)));
  const { path, ids, sort } = wanted.list;
  await Promise.all([
    put(cache, listKey(path), fetch(path, { method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams({ liste: ids.join("."), sort }) })),
    ...wanted.urls.map(async (url) => {
      // Files of the site have a name of their own for each version: they never change.
      if (!url.startsWith(PREFIX) || !(await cache.match(url))) await put(cache, url, fetch(url));
    }),
  ]);
}

async function put(cache, key, asked) {
  const response = await asked;
  if (response.ok) await cache.put(key, response);
  else await cache.delete(key);
}

// A new version of the site: fetch again what was kept with the old one, and forget that.
async function takeOver() {
  for (const name of await caches.keys()) {
    if (!name.startsWith("merkzettel ") || name === NAME) continue;
    const note = await (await caches.open(name)).match(WANTED);
    const wanted = note && (await note.json());
    if (wanted) {
      wanted.urls = wanted.urls.map((url) => url.replace(/^\/static\/[^/]+\//, PREFIX));
      await keep(wanted).catch(() => {});
    }
    await caches.delete(name);
  }
  await self.clients.claim();
}
