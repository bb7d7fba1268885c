/** Starts the page of a viewer. It is built apart from the owner's page, and knows nothing of how that is spoken with. */
import '../lib/zod.ts';
import { mount } from 'svelte';
import '../ui/tokens.css';
import '../ui/base.css';
import '../share/masks.css';
import Viewer from './Viewer.svelte';

const target = document.getElementById('page');
if (target === null) throw new Error('index.html has no element with the id "page"');
mount(Viewer, { target });
