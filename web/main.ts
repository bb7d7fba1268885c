/** Starts the page. */
import './lib/zod.ts';
import { mount } from 'svelte';
import './ui/tokens.css';
import './ui/base.css';
import './share/masks.css';
import App from './App.svelte';

const target = document.getElementById('page');
if (target === null) throw new Error('index.html has no element with the id "page"');
mount(App, { target });
