-- The scanners, one a dialect: programs in awk that read a dump once, here or in the container.
-- SPDX-License-Identifier: MIT
--
-- Each prints facts, or as a filter (out = 1) what may reach the server. They need mawk, gawk or
-- busybox, and the locale C: what they read is bytes.

local facts = require "oneoff.restore.scan.facts"
local sql = require "oneoff.restore.scan.sql" .. require "oneoff.restore.scan.statement"
  .. require "oneoff.restore.scan.rows"

local scan = {}

scan.programs = {
  postgresql = facts .. sql .. require "oneoff.restore.scan.postgresql",
  mysql = facts .. sql .. require "oneoff.restore.scan.mysql",
  sqlite = facts .. sql .. require "oneoff.restore.scan.sqlite",
  redis = facts .. require "oneoff.restore.scan.redis",
  contents = facts .. require "oneoff.restore.scan.contents",
}

return scan
