CREATE TABLE `grants` (
	`id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`session` text NOT NULL,
	`until` text NOT NULL,
	`revoked_at` text DEFAULT '' NOT NULL,
	`used_at` text DEFAULT '' NOT NULL,
	`uses` integer DEFAULT 0 NOT NULL
);
