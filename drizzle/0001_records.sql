CREATE TABLE `audit` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at` text NOT NULL,
	`chain` text NOT NULL,
	`actor` text NOT NULL,
	`type` text NOT NULL,
	`action_id` text NOT NULL,
	`title` text NOT NULL,
	`decision` text NOT NULL,
	`effect` text NOT NULL,
	`rules` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_action` ON `audit` (`action_id`,`type`) WHERE action_id <> '';--> statement-breakpoint
ALTER TABLE `events` ADD `commitment` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `pinned` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `archived` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `forked_from` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `copied` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `sessions` ADD `trashed_until` text DEFAULT '' NOT NULL;