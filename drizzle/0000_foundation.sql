CREATE TABLE `approvals` (
	`id` text PRIMARY KEY NOT NULL,
	`session` text NOT NULL,
	`turn` text NOT NULL,
	`action_id` text NOT NULL,
	`digest` text NOT NULL,
	`seq` integer NOT NULL,
	`expires_at` text NOT NULL,
	`state` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `approvals_open` ON `approvals` (`session`) WHERE state = 'open';--> statement-breakpoint
CREATE TABLE `commands` (
	`id` text PRIMARY KEY NOT NULL,
	`what` text NOT NULL,
	`status` integer NOT NULL,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `events` (
	`seq` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`id` text NOT NULL,
	`at` text NOT NULL,
	`chain` text NOT NULL,
	`chain_seq` integer NOT NULL,
	`turn` text,
	`actor` text NOT NULL,
	`type` text NOT NULL,
	`data` text NOT NULL,
	`salt` text NOT NULL,
	`prev` text NOT NULL,
	`hash` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `events_id` ON `events` (`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `events_chain` ON `events` (`chain`,`chain_seq`);--> statement-breakpoint
CREATE INDEX `events_chain_seq` ON `events` (`chain`,`seq`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`title` text NOT NULL,
	`created_at` text NOT NULL,
	`updated_at` text NOT NULL,
	`updated_seq` integer NOT NULL,
	`turn` text,
	`last_turn` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sessions_updated` ON `sessions` (`updated_seq`);