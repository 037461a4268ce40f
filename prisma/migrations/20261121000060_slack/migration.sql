-- What Deckhand says without a turn, e.g. a refusal: kept under its key before the platform is told "got it".
CREATE TABLE "notice" (
    "key" TEXT NOT NULL,
    "platform" TEXT NOT NULL,
    "thread_ref" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "post_key" TEXT NOT NULL,
    "platform_id" TEXT,
    "state" TEXT NOT NULL DEFAULT 'reserved',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "notice_pkey" PRIMARY KEY ("key"),
    CONSTRAINT "notice_state" CHECK (state IN ('reserved','sent','refused'))
);
CREATE UNIQUE INDEX "notice_post_key_key" ON "notice"("post_key");
CREATE INDEX "notice_due" ON "notice" (next_at) WHERE state = 'reserved';

-- A post that its platform will never take, e.g. in an archived channel: it is not tried again.
ALTER TABLE "post" DROP CONSTRAINT "post_state";
ALTER TABLE "post" ADD CONSTRAINT "post_state" CHECK (state IN ('reserved','sent','in_doubt','refused'));

-- Up to when a platform surely reached us: what was said later is read again.
CREATE TABLE "presence" (
    "platform" TEXT NOT NULL,
    "workspace" TEXT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "presence_pkey" PRIMARY KEY ("platform", "workspace")
);
