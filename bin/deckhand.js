#!/usr/bin/env node
import { handOver } from './bootstrap/hand-over.js';

handOver('bots/cli/main.ts', { quiet: true });
