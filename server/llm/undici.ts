/** What is used of undici, as an ES module: a bundler splits CommonJS off with nothing but a default export. */
export { EnvHttpProxyAgent, fetch, type RequestInit } from 'undici';
