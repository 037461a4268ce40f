-- What tool servers had to offer when they were last asked, as one person sees them: turns begin with it without
-- asking anew, and people see which servers are down. Nothing is true because it stands here.
CREATE TABLE "mcp_sighting" (
    "workspace_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "print" TEXT NOT NULL,
    "server" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "notes" TEXT NOT NULL,
    "tools" TEXT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mcp_sighting_pkey" PRIMARY KEY ("workspace_id", "user_id", "print"),
    CONSTRAINT "mcp_sighting_state" CHECK ("state" IN ('up', 'down'))
);
