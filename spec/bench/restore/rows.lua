-- Writes the rows of a shop as texts that every database loads: a line a row, columns by tabs.
-- SPDX-License-Identifier: MIT
--
-- Names beyond ASCII, quotes, dates, amounts, texts of JSON, and as much chance in them that they
-- are packed to about a quarter. They are the same each time.
local rows = {}

local WORDS = {}
for word in ([[order late Zoë Müller O'Brien parcel blue large paid Łódź returned north São
  garden lamp invoice chair twice weekly phone 日本 steel ask reply window éclair box bicycle summer
  Ørsted green yellow]]):gmatch("%S+") do
  WORDS[#WORDS + 1] = word
end

local STATES = { "open", "paid", "sent", "returned" }

local random = math.random

local function phrase(count)
  local words = {}
  for i = 1, count do words[i] = WORDS[random(#WORDS)] end
  return table.concat(words, " ")
end

local function day(n)
  return os.date("!%Y-%m-%d %H:%M:%S", 1546300800 + n)
end

local function customer(n)
  return ("%d\t%s\t%08x@example.org\t%s %d\t%s\t%s\t%.2f\t%s\n"):format(n, phrase(2),
    random(0xffffffff), phrase(1), random(300), phrase(1), day(n * 53), random(1000000) / 100,
    phrase(16))
end

local function order(n, customers)
  return ("%d\t%d\t%s\t%s\t%.2f\t[{\"article\": \"%s\", \"count\": %d, \"code\": \"%08x%08x\"}]\n")
    :format(n, random(customers), STATES[random(4)], day(n * 13), random(10000000) / 100, phrase(8),
      random(9), random(0xffffffff), random(0xffffffff))
end

local function write(path, count, row, ...)
  local file, lines = assert(io.open(path, "wb")), {}
  for n = 1, count do
    lines[#lines + 1] = row(n, ...)
    if #lines == 1000 or n == count then
      assert(file:write(table.concat(lines)))
      lines = {}
    end
  end
  file:close()
end

--- The files customers and orders, four of these for each of those.
---@param folder string
---@param customers integer
function rows.write(folder, customers)
  math.randomseed(1)
  write(folder .. "/customers", customers, customer)
  write(folder .. "/orders", 4 * customers, order, customers)
end

return rows
