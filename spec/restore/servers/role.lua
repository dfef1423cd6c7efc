-- The role that a managed platform gives: no superuser, owner of its databases, and with a name and
-- a password that are anything but plain.
-- SPDX-License-Identifier: MIT
return {
  name = "us@er",
  password = "p\"a\\s''s/w:o#r%d", -- as SQL quotes it
  encoded = "us%40er:p%22a%5Cs%27s%2Fw%3Ao%23r%25d",
}
