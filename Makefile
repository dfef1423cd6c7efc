# Builds oneoff: the Lua module, the local host, the tests. `make help` lists the targets.
# Every Lua version, every sanitizer and every program has its own folder under build/, so that
# nothing is ever rebuilt because something else was built before.

LUAS        := 5.4 5.3 5.1
LUA_VERSION ?= $(or $(firstword $(filter $(LUAS),$(LUA_FOUND))),5.4)
PREFIX      ?= /usr/local
CFLAGS      ?= -O2 -g

# The first Lua found decides; LuaJIT says 5.1, and takes the 5.1 build: the ABI is the same.
LUA_FOUND := $(shell for lua in $(LUA) lua5.4 lua luajit lua5.3 lua5.1; do \
  command -v $$lua >/dev/null && $$lua -e 'print((_VERSION:match("%d.%d")))'; done; :)

# What Debian calls the things we need. llhttp is not listed: its package drags a whole Node.js
# along, and only three C files of it are wanted, so these are unpacked from it (see LLHTTP).
DEPS_BUILD  = gcc libc6-dev pkg-config libcurl4-openssl-dev \
  lua$(LUA_VERSION) $(subst 5.1,5.1-0,liblua$(LUA_VERSION))-dev lua-cjson lua-argparse \
  libuv1-dev libssl-dev libcjson-dev
DEPS_DEMO   = lua5.4 liblua5.4-dev bubblewrap sqlite3 tzdata
# luajit2 and not luajit: the two exclude each other, and nginx' Lua wants the former.
LUAJIT     := $(if $(shell command -v luajit),,luajit2)
DEPS_BENCH  = $(DEPS_DEMO) $(LUAJIT) lua-socket lua-sec lua-cqueues lua-http curl openssl socat
DEPS_RESTORE = $(DEPS_DEMO) lua-busted lua-filesystem lua-socket postgresql mariadb-server
DEPS_HOSTS  = $(DEPS_BENCH) lua-luv neovim nginx-light libnginx-mod-http-lua lua-resty-core
DEPS_TEST   = $(DEPS_HOSTS) lua-copas tmux chromium chromium-driver lua5.3 liblua5.3-dev lua5.1 liblua5.1-0-dev lua-busted \
  lua-filesystem luarocks libxml2-utils postgresql mariadb-server redis-server zstd bzip2 xz-utils zip unzip valgrind clang-format clang-tidy lua-check

# What is newer than Debian 12's, unpacked into build/servers for the specs.
NEWER_SERVERS = postgresql-18 postgresql-client-18 redis-server redis-tools \
  mysql-server-core mysql-client-core

# What is in src/lua is compiled for each Lua; the rest knows no Lua, and is compiled once.
BINDINGS := $(wildcard src/lua/*.c)
CORE    := $(wildcard src/core/*.c src/os/*.c)
HOST    := $(wildcard src/platform/*.c src/platform/*/*.c)
TESTS   := $(basename $(notdir $(wildcard spec/core/*.c spec/os/*.c)))
BENCHES := $(patsubst src/bench/%.c,%,$(wildcard src/bench/*.c))
MODULES := $(shell cd lua 2>/dev/null && find oneoff -name '*.lua' | LC_ALL=C sort)

DEPFILE   = -MMD -MP -MT $@
C11       = -std=gnu11 -D_GNU_SOURCE= -Wall -Wextra -pthread $(DEPFILE) \
  -ffile-prefix-map=$(CURDIR)=. $(CPPFLAGS) $(CFLAGS)
CORE_C    = $(C11) -Isrc -fPIC -fvisibility=hidden $(shell pkg-config --cflags libcurl 2>/dev/null)
CURL_LIBS = $(shell pkg-config --libs libcurl 2>/dev/null || echo -lcurl)
LUA_C     = -I$(or $(LUA_INCDIR),/usr/include/lua$(1))
# nodelete: the engine's thread may outlive dlclose. lazy: a Lua of another ABI lacks symbols that we
# use; bound lazily, the module still loads there and can say what is wrong.
MODULE_LD = -shared -pthread -Wl,-z,nodelete -Wl,-z,lazy $(LDFLAGS)

.PHONY: all module all-luas test-programs bench-programs sanitized
all: module build/oneoff-host ## the module for LUA_VERSION (default: the Lua at hand), and oneoff-host
module: build/$(LUA_VERSION)/oneoff.so ## the module alone: LUA_VERSION=5.4|5.3|5.1, LUA_INCDIR=
all-luas: $(foreach f,oneoff failing_memory,$(LUAS:%=build/%/$(f).so)) ## the module for each Lua
test-programs: $(foreach d,build build/asan build/tsan,$(TESTS:%=$(d)/test/%))
bench-programs: $(BENCHES:%=build/bench/%)
sanitized: $(foreach d,build/asan build/tsan,$(d)/5.4/oneoff.so $(d)/5.4/failing_memory.so \
  $(d)/oneoff-host $(d)/lua)

LLHTTP := $(if $(wildcard /usr/share/llhttp/api.c),/usr/share,build/node-llhttp/usr/share)
comma := ,

# $(call module_rules,folder,Lua version,extra flags)
define module_rules
$(1)/$(2)/%.o: src/lua/%.c Makefile
	@mkdir -p $$(@D)
	$$(CC) $$(CORE_C) $(3) $$(call LUA_C,$(2)) -c -o $$@ $$<
$(1)/$(2)/failing_memory.so: spec/support/failing_memory.c Makefile
	@mkdir -p $$(@D)
	$$(CC) $$(C11) -fPIC -fvisibility=hidden -shared $(3) $$(call LUA_C,$(2)) -o $$@ $$<
$(1)/$(2)/oneoff.so: $(BINDINGS:src/lua/%.c=$(1)/$(2)/%.o) $(CORE:src/%.c=$(1)/%.o)
	$$(CC) $$(MODULE_LD) $(3) -o $$@ $$^ $$(CURL_LIBS)
endef

# $(call test_rule,folder,folder of the sources,extra flags)
define test_rule
$(1)/test/%: spec/$(2)/%.c $(CORE:src/%.c=$(1)/%.o) Makefile
	@mkdir -p $$(@D)
	$$(CC) $$(CORE_C) $(3) $$(LDFLAGS) -o $$@ $$< $$(filter %.o,$$^) $$(CURL_LIBS)
endef

# $(call rules,folder,extra flags): the plain build, and the same again for each sanitizer
define rules
$(CORE:src/%.c=$(1)/%.o): $(1)/%.o: src/%.c Makefile
	@mkdir -p $$(@D)
	$$(CC) $$(CORE_C) $(2) -c -o $$@ $$<
$(foreach v,$(LUAS),$(eval $(call module_rules,$(1),$(v),$(2))))
$(foreach d,core os,$(eval $(call test_rule,$(1),$(d),$(2))))
$(1)/platform/%.o: src/platform/%.c Makefile | $$(LLHTTP)/llhttp/api.c
	@mkdir -p $$(@D)
	$$(CC) $$(C11) $(2) -Isrc/platform -I$$(LLHTTP)/include/llhttp -c -o $$@ $$<
$(1)/llhttp/%.o: $$(LLHTTP)/llhttp/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) $(2) -I$$(LLHTTP)/include/llhttp -c -o $$@ $$<
$(1)/oneoff-host: $(HOST:src/%.c=$(1)/%.o) $(patsubst %,$(1)/llhttp/%.o,api http llhttp)
	$$(CC) -pthread $(2) $$(LDFLAGS) -o $$@ $$^ -luv -lssl -lcrypto -lcjson
$(1)/lua: spec/support/run_lua.c Makefile
	@mkdir -p $$(@D)
	$$(CC) $$(C11) $(2) $$(call LUA_C,5.4) $$(LDFLAGS) -o $$@ $$< -llua5.4
endef
$(eval $(call rules,build,))
SANE := -O1 -fno-omit-frame-pointer -fno-sanitize-recover=undefined
$(eval $(call rules,build/asan,$(SANE) -fsanitize=address$(comma)undefined))
$(eval $(call rules,build/tsan,$(SANE) -fsanitize=thread))

build/bench/%: src/bench/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(C11) $(LDFLAGS) -o $@ $< -lssl -lcrypto

DOWNLOAD := apt-get -qq -o APT::Sandbox::User=root download node-llhttp
$(patsubst %,build/node-llhttp/usr/share/llhttp/%.c,api http llhttp) &:
	rm -rf build/node-llhttp && mkdir -p build/node-llhttp
	cd build/node-llhttp && { $(DOWNLOAD) || { $(SUDO) apt-get -qq update && $(DOWNLOAD); }; }
	dpkg-deb -x build/node-llhttp/*.deb build/node-llhttp && touch build/node-llhttp/usr/share/llhttp/*

# $(call install,packages): what is there already costs one dpkg-query and no privilege. No removal:
# a package that excludes one of the user's is his to decide about.
SUDO := $(if $(filter-out 0,$(shell id -u)),sudo)
APT  := $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300
define install
@if ! command -v dpkg-query >/dev/null; then \
  echo "Not a Debian: please install what this system calls: $(1) node-llhttp," >&2; \
  echo "then say SKIP_DEPS=1 to go on." >&2; test -n "$(SKIP_DEPS)"; exit; fi; \
there=" $$(dpkg-query -Wf '$${Package}:$${db:Status-Status} ' $(1) 2>/dev/null)"; missing=; \
for p in $(sort $(1)); do \
  case "$$there" in *" $$p:installed "*) ;; *) missing="$$missing $$p" ;; esac; done; \
if [ -n "$$missing" ]; then echo "Installing$$missing"; \
  i="install -y --no-install-recommends --no-remove $$missing"; \
  $(APT) $$i >/dev/null 2>&1 </dev/null || { $(APT) update && $(APT) $$i >/dev/null </dev/null; } || \
    { echo "Could not install:$$missing" >&2; exit 1; }; fi
endef

.PHONY: deps deps-demo deps-bench deps-restore deps-hosts deps-test
deps-demo deps-bench deps-restore deps-hosts deps-test: LUA_VERSION := 5.4
deps: ## installs what building needs (Debian, Ubuntu; elsewhere it names it and stops)
	$(call install,$(DEPS_BUILD))
deps-demo:
	$(call install,$(DEPS_BUILD) $(DEPS_DEMO))
deps-bench:
	$(call install,$(DEPS_BUILD) $(DEPS_BENCH))
deps-restore:
	$(call install,$(DEPS_BUILD) $(DEPS_RESTORE))
deps-hosts: build/neovim/nvim
	$(call install,$(DEPS_BUILD) $(DEPS_HOSTS))
deps-test: build/neovim/nvim build/servers/packages
	$(call install,$(DEPS_BUILD) $(DEPS_TEST))
# Of newer Debians, from the machine's own mirror. What is not to be had there, the specs of it say so.
build/neovim/nvim: spec/support/newer_neovim.sh spec/support/newer_packages.sh
	@sh $< $(@D) >/dev/null || echo "No newer Neovim: its specs will be pending" >&2
build/servers/packages: spec/support/newer_packages.sh
	@sh $< $(@D) sid $(NEWER_SERVERS) || echo "No newer servers: their specs will be pending" >&2

# Lint. clang-tidy is slow, so each source has a stamp of its own that says when it was last clean.
C_FILES   := $(shell find src spec -name '*.[ch]' 2>/dev/null | LC_ALL=C sort)
LUA_FILES  = $(shell find lua plugin spec doc -name '*.lua') $(wildcard rockspec/*.rockspec) .luacheckrc
.PHONY: format lint lint-format lint-tidy lint-lua lint-files
lint: lint-format lint-tidy lint-lua lint-files ## clang-format, clang-tidy, luacheck, sizes of files
lint-format:
	clang-format --dry-run -Werror $(C_FILES)
format: ## lays the C sources out as lint wants them
	clang-format -i $(C_FILES)
lint-tidy: $(patsubst %.c,build/lint/%.ok,$(filter %.c,$(C_FILES)))
build/lint/%.ok: DEPFILE =
build/lint/%.ok: %.c $(filter %.h,$(C_FILES)) .clang-tidy
	@mkdir -p $(@D)
	clang-tidy --quiet $< -- $(CORE_C) -Isrc/platform -I$(LLHTTP)/include/llhttp \
	  $(call LUA_C,5.4) 2>$@.err || { cat $@.err; exit 1; }
	@touch $@
lint-lua:
	luacheck -q --no-color $(LUA_FILES)
# The longest a file may be, and no path of the machine that it was written on.
lint-files:
	@awk 'function most(f) { return f ~ /^spec.*[.]lua$$/ ? 600 : f ~ /[.]lua$$/ ? 300 : 500 } \
	  FNR == most(FILENAME) + 1 { print FILENAME ": over " most(FILENAME) " lines"; bad = 1 } \
	  END { exit bad }' $(C_FILES) $(filter %.lua,$(LUA_FILES))
	@! grep -rnIE "$(CURDIR)|/(work|home|Users)/[a-z]+/" --exclude-dir=build --exclude-dir=.git .

# Programs of the checkout find its own module first, and by absolute names: specs change folder.
IN_TREE = LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;" \
  LUA_CPATH="$(CURDIR)/build/5.4/?.so;;" ONEOFF_HOST="$(CURDIR)/build/oneoff-host" \
  ONEOFF_NVIMS="nvim $(wildcard $(CURDIR)/build/neovim/nvim)"

# The second make is there because the first one looked for Lua before it was installed.
.PHONY: demo test spec reference bench bench-hosts bench-poll bench-restore
demo: deps-demo ## a dump uploaded, restored and checked in a one-off on this machine
	@$(MAKE) -s -j2 LUA_VERSION=5.4 all
	@$(IN_TREE) lua5.4 spec/demo.lua

test: deps-test ## everything: lint, every spec on every Lua, sanitizers, packaging
	@$(MAKE) -s -j2 all-luas build/oneoff-host test-programs sanitized
	@lua5.4 spec/run.lua

spec: ## one spec, or all, once: SPEC=spec/client_spec.lua, after deps-test
	@$(MAKE) -s -j2 LUA_VERSION=5.4 all build/5.4/failing_memory.so
	@$(IN_TREE) lua5.4 /usr/bin/busted --helper=spec/support/helper.lua $(or $(SPEC),spec)

reference: ## writes what comes from the sources: doc/reference.md, the manual, the completions
	@$(MAKE) -s LUA_VERSION=5.4 module
	@$(IN_TREE) lua5.4 spec/support/reference.lua
	@for f in $(GENERATED); do $(IN_TREE) lua5.4 lua/oneoff/cli/oneoff $$(case $$f in \
	  *.1) echo manual ;; *.bash) echo completion bash ;; *) echo completion zsh ;; esac) >$$f || exit; done

bench: deps-bench ## throughput, latency and memory beside curl, socat and the other Lua clients
	@$(MAKE) -s -j2 all-luas bench-programs
	@$(IN_TREE) lua5.4 spec/bench/run.lua

bench-poll: deps-demo ## requests and delay until an operation is noticed, beside a poll each second
	@$(MAKE) -s -j2 LUA_VERSION=5.4 all
	@$(IN_TREE) lua5.4 spec/bench/poll/run.lua

bench-restore: deps-restore ## a restore of 1 GiB beside the same client fed by hand: SIZE=, in MiB
	@$(MAKE) -s -j2 LUA_VERSION=5.4 all bench-programs
	@$(IN_TREE) lua5.4 spec/bench/restore/run.lua

bench-hosts: deps-hosts ## Neovim, nginx and the loops: do they stay quick while oneoff works in them
	@$(MAKE) -s -j2 all-luas bench-programs build/oneoff-host
	@$(IN_TREE) lua5.4 spec/bench/loop/run.lua

# What shells and man find of the program; written by `make reference`.
GENERATED = doc/oneoff.1 doc/oneoff.bash doc/oneoff.zsh
SHARED = share/man/man1/oneoff.1 share/bash-completion/completions/oneoff share/zsh/site-functions/_oneoff

LIBDIR = $(PREFIX)/lib/lua/$(LUA_VERSION)
LUADIR = $(PREFIX)/share/lua/$(LUA_VERSION)
BINDIR = $(PREFIX)/bin
# One prefix has one program `oneoff`: it runs in the newest Lua that has a module there. Its first
# line names that Lua: Debian's names have the version in them, and LuaJIT takes the module for 5.1.
has_module = [ -e "$(DESTDIR)$(PREFIX)/share/lua/$$v/oneoff/cli.lua" ]
install_program = lua=$$(command -v lua$$v || { [ $$v != 5.1 ] || command -v luajit; }); \
  sed "1s|.*|\#!/usr/bin/env $$(basename "$${lua:-lua}")|" lua/oneoff/cli/oneoff \
    >"$(DESTDIR)$(BINDIR)/oneoff" && chmod 755 "$(DESTDIR)$(BINDIR)/oneoff"
# What Neovim finds by itself, below /usr/local/share and /usr/share: a package of the build for 5.1.
SITE   = $(PREFIX)/share/nvim/site/pack/oneoff/start/oneoff
SITE_FILES = plugin/oneoff.lua doc/oneoff.txt lua/oneoff/health.lua

.PHONY: install install-module uninstall clean help
install: install-module build/oneoff-host ## into PREFIX=/usr/local, below DESTDIR=
	install -Dm755 build/oneoff-host "$(DESTDIR)$(BINDIR)/oneoff-host"
	@install -d "$(DESTDIR)$(BINDIR)"
	@for v in $(LUAS); do \
	  if [ $$v = $(LUA_VERSION) ]; then $(install_program) || exit; break; fi; \
	  if $(has_module); then echo "The program oneoff stays the one for Lua $$v"; break; fi; done
	@set -- $(GENERATED); for f in $(SHARED); do install -Dm644 $$1 "$(DESTDIR)$(PREFIX)/$$f" || exit; shift; done
ifeq ($(LUA_VERSION),5.1)
	$(foreach f,$(SITE_FILES),install -Dm644 $(f) "$(DESTDIR)$(SITE)/$(f)" &&) :
	@grep -o '[*][!-)+-{}~]\+[*]' doc/oneoff.txt | tr -d '*' | LC_ALL=C sort -u | \
	  sed 's!.*!&	oneoff.txt	/*&*!' >"$(DESTDIR)$(SITE)/doc/tags"
endif
install-module: module
	install -Dm755 build/$(LUA_VERSION)/oneoff.so "$(DESTDIR)$(LIBDIR)/oneoff.so"
	@for f in $(MODULES); do install -Dm644 lua/$$f "$(DESTDIR)$(LUADIR)/$$f" || exit; done
uninstall: ## with the same PREFIX, DESTDIR and LUA_VERSION
	cd "$(DESTDIR)$(LUADIR)" && rm -f $(MODULES) && { find oneoff -type d -empty -delete || :; }
	rm -f "$(DESTDIR)$(LIBDIR)/oneoff.so" $(if $(filter 5.1,$(LUA_VERSION)),$(SITE_FILES:%="$(DESTDIR)$(SITE)/%") "$(DESTDIR)$(SITE)/doc/tags")
	$(if $(filter 5.1,$(LUA_VERSION)),find "$(DESTDIR)$(SITE)" -type d -empty -delete 2>/dev/null || :)
	@for v in $(LUAS); do if $(has_module); then $(install_program); exit; fi; done; \
	  rm -f "$(DESTDIR)$(BINDIR)/oneoff-host" "$(DESTDIR)$(BINDIR)/oneoff" $(SHARED:%="$(DESTDIR)$(PREFIX)/%")
clean: ## removes build/
	rm -rf build
help:
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' $(firstword $(MAKEFILE_LIST)) | expand -t14

-include $(shell find build -name root -prune -o -type f -name '*.d' -print 2>/dev/null)
