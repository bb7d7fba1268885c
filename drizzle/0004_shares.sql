CREATE TABLE `shares` (
	`id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`session` text NOT NULL,
	`created_at` text NOT NULL,
	`expires_at` text NOT NULL,
	`live` integer NOT NULL,
	`up_to` integer NOT NULL,
	`token` text DEFAULT '' NOT NULL,
	`wish` text DEFAULT '' NOT NULL,
	`port` integer DEFAULT 0 NOT NULL,
	`ended_at` text DEFAULT '' NOT NULL,
	`ended` text DEFAULT '' NOT NULL,
	`views` integer DEFAULT 0 NOT NULL,
	`viewed_at` text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE INDEX `shares_session` ON `shares` (`session`);