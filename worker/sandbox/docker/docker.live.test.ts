import { after, describe } from 'node:test';
import { sandboxContract } from '../contract.ts';
import { dockerForTests } from './engine-for-tests.ts';

const docker = await dockerForTests();
after(() => docker.clear());

describe('the Docker sandbox keeps the contract', () => {
  sandboxContract(docker);
});
