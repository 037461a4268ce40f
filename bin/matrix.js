#!/usr/bin/env node
import { handOver } from './bootstrap/hand-over.js';

handOver('bin/matrix.ts');
