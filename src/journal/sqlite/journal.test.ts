import { journalContract } from '../journal.contract.ts';
import { scratchJournal } from './scratch-journal.contract.ts';

journalContract('sqlite journal', scratchJournal, { trims: true, ordersPartitions: true });
