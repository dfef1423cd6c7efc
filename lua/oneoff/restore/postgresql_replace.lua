-- Writes the SQL that empties a PostgreSQL database, of what its role may drop.
-- SPDX-License-Identifier: MIT
--
-- It prints a line for each object. What belongs to an extension stays, with the extension: a role
-- without rights could not make it again. So does what belongs to other roles, and is named.

local postgresql_replace = {}

-- Objects in the order in which they are dropped; what goes with another one is dropped with it.
local OBJECTS = [=[
select o.*, pg_identify_object.type, identity from (
    select 'pg_class'::regclass as class, oid as object, relnamespace as space, relowner as owner,
      case relkind when 'v' then 1 when 'm' then 2 when 'S' then 4 else 3 end as place
    from pg_class where relkind in ('r', 'p', 'v', 'm', 'f', 'S')
    union all select 'pg_proc'::regclass, oid, pronamespace, proowner, 5 from pg_proc
    union all select 'pg_operator'::regclass, oid, oprnamespace, oprowner, 6 from pg_operator
    union all select 'pg_opclass'::regclass, oid, opcnamespace, opcowner, 6 from pg_opclass
    union all select 'pg_opfamily'::regclass, oid, opfnamespace, opfowner, 7 from pg_opfamily
    union all select 'pg_type'::regclass, t.oid, typnamespace, typowner, 8
      from pg_type t left join pg_class c on c.oid = typrelid
      where typtype in ('d', 'e', 'r') or typtype = 'c' and c.relkind = 'c'
    union all select 'pg_collation'::regclass, oid, collnamespace, collowner, 9 from pg_collation
    union all select 'pg_conversion'::regclass, oid, connamespace, conowner, 9 from pg_conversion
    union all select 'pg_ts_config'::regclass, oid, cfgnamespace, cfgowner, 9 from pg_ts_config
    union all select 'pg_ts_dict'::regclass, oid, dictnamespace, dictowner, 10 from pg_ts_dict
    union all select 'pg_namespace'::regclass, oid, oid, nspowner, 11 from pg_namespace
      where nspname <> 'public'
  ) o
  join pg_namespace s on s.oid = o.space,
  pg_identify_object(o.class, o.object, 0)
where s.nspname not like 'pg\_%' and s.nspname <> 'information_schema'
  and not exists (select 1 from pg_depend d where d.classid = o.class and d.objid = o.object
    and d.deptype in ('e', 'i') and d.refobjid <> d.objid)
]=]

-- Kept for who reads the report: each object in its own line.
local TEXT = [=[
\t on
select 'dropped: ' || type || ' ' || identity from (@OBJECTS@) x
  where pg_has_role(owner, 'usage') and place < 11 order by place, identity;
select 'dropped: schema ' || identity from (@OBJECTS@) x
  where pg_has_role(owner, 'usage') and place = 11
    and not exists (select 1 from pg_extension where extnamespace = object) order by identity;
select 'dropped: large objects ' || count(lo_unlink(oid)) from pg_largeobject_metadata
  where pg_has_role(lomowner, 'usage') having count(*) > 0;
set client_min_messages = warning;
select format('drop %s if exists %s cascade', type, identity) from (@OBJECTS@) x
  where pg_has_role(owner, 'usage') and place < 11 order by place, identity
\gexec
select format('drop schema if exists %s', identity) from (@OBJECTS@) x
  where pg_has_role(owner, 'usage') and place = 11
    and not exists (select 1 from pg_extension where extnamespace = object)
    and not exists (select 1 from pg_class where relnamespace = object)
    and not exists (select 1 from pg_proc where pronamespace = object)
    and not exists (select 1 from pg_type where typnamespace = object)
  order by identity
\gexec
select 'kept: ' || type || ' ' || identity || ' (of ' || pg_get_userbyid(owner) || ')'
  from (@OBJECTS@) x where not pg_has_role(owner, 'usage') order by place, identity;
reset client_min_messages;
]=]

--- The command that writes the script into a file.
---@param path string for the shell, inside double quotes
---@return string
function postgresql_replace.script(path)
  local text = TEXT:gsub("@OBJECTS@", function() return (OBJECTS:gsub("\n$", "")) end)
  return ("cat >\"%s\" <<'ONEOFF_TEXT' || exit\n%sONEOFF_TEXT\n"):format(path, text)
end

return postgresql_replace
