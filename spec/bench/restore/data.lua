-- Makes the rows of a shop and their dumps, each by the program of its database.
-- SPDX-License-Identifier: MIT
--
-- The rows are the same in each, see rows.lua; keys and an index with them.
local host = require "spec.support.host"
local pty = require "spec.task.pty"
local rows = require "spec.bench.restore.rows"

local data = {}

local BYTES_A_CUSTOMER = 805 -- of PostgreSQL's plain SQL, with the four orders of each

local TABLES = [[
create table customers (id integer primary key, name varchar(80) not null, email varchar(80)
  not null, street varchar(80) not null, city varchar(40) not null, created_at timestamp not null,
  balance numeric(12, 2) not null, note text not null);
create table orders (id integer primary key, customer_id integer not null, status varchar(12)
  not null, placed_at timestamp not null, total numeric(12, 2) not null, items text not null);
create index orders_of on orders (customer_id);]]

local COPY = "\n\\copy customers from '@FOLDER@/customers'\n\\copy orders from '@FOLDER@/orders'"

local LOAD = [[
load data local infile '@FOLDER@/customers' into table customers character set utf8mb4;
load data local infile '@FOLDER@/orders' into table orders character set utf8mb4;]]

local IMPORT = ".mode tabs\n.import @FOLDER@/customers customers\n.import @FOLDER@/orders orders\n"

local function fill(text, values)
  return (text:gsub("@(%u+)@", values))
end

local function must(said)
  assert(said == "", said)
end

-- Plain SQL, and packed as people send it.
local function with_gzip(path)
  assert(os.execute(("gzip -c %s >%s.gz"):format(path, path)))
  return { sql = path, ["sql.gz"] = path .. ".gz" }
end

local makers = {}

function makers.postgresql(server, values)
  must(server.sql("origin", TABLES .. fill(COPY, values)))
  local sql, custom = values.FOLDER .. "/postgresql.sql", values.FOLDER .. "/postgresql.dump"
  server.dump("origin", "--no-owner", sql)
  server.dump("origin", "-Fc", custom)
  local dumps = with_gzip(sql)
  dumps.custom = custom
  return dumps
end

function makers.mariadb(server, values)
  must(server.sql("origin", TABLES .. fill(LOAD, values)))
  local sql = values.FOLDER .. "/mariadb.sql"
  server.dump("origin", "", sql)
  return with_gzip(sql)
end

function makers.sqlite(_, values)
  local base = values.FOLDER .. "/sqlite"
  pty.write(base .. ".make", TABLES .. "\nbegin;\n" .. fill(IMPORT, values) .. "commit;\n")
  must(host.capture(("sqlite3 -bail %s.db <%s.make 2>&1 && sqlite3 %s.db .dump >%s.sql"):format(
    base, base, base, base)))
  os.remove(base .. ".db")
  return with_gzip(base .. ".sql")
end

--- Dumps of about that size each, in a folder that the servers see.
---@param folder string
---@param size integer bytes of plain SQL
---@return { customers: integer, orders: integer,
---  make: fun(name: string, server: table?): table<string, string> }
function data.new(folder, size)
  local count = math.max(1, size // BYTES_A_CUSTOMER)
  rows.write(folder, count)
  return {
    customers = count, orders = 4 * count,
    make = function(name, server)
      return makers[name](server, { FOLDER = folder })
    end,
  }
end

return data
