# loyalty-utils - `make help` lists what can be made

VERSION := $(shell sed -n 's/.*define LOYALTY_VERSION "\(.*\)"/\1/p' include/loyalty.h)
SOVERSION := 0

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
DESTDIR ?=

CC ?= cc
AR ?= ar
OBJCOPY ?= objcopy
INSTALL ?= install
BUILD ?= build
WERROR ?= -Werror
SANITIZE ?=
LAWS ?= 60
FUZZ_SECONDS ?= 60
FUZZ ?= $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/*.c)))
PURCHASES ?= 2000000
FACTS ?= 100000000

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wcast-qual $(WERROR)
OPTIMIZE ?= -O3 -g
# What is cleared or copied is small: string instructions would take longer to start than to run.
STRINGS := $(if $(shell $(CC) -mstringop-strategy=libcall -E -x c /dev/null 2>&1 >/dev/null),,-mstringop-strategy=libcall)
override CPPFLAGS += -Iinclude -Ilib -D_GNU_SOURCE -DSHAREDIR='"$(DATADIR)/loyalty"'
override CFLAGS := -std=c11 $(OPTIMIZE) $(STRINGS) -fPIC -fvisibility=hidden $(WARNINGS) $(SANITIZE) $(CFLAGS)
override LDFLAGS := $(SANITIZE) $(LDFLAGS)
LDLIBS = -ljansson -lm

LIB_SOURCES := $(sort $(wildcard lib/*.c lib/*/*.c))
TOOL_SOURCES := $(sort $(wildcard cmd/loyalty-*.c))
CMD_SOURCES := $(filter-out $(TOOL_SOURCES),$(sort $(wildcard cmd/*.c)))
# The filters are compiled as a whole, across files, where the compiler is gcc.
WHOLE := $(if $(SANITIZE),,$(if $(findstring Free Software,$(shell $(CC) --version)),-fPIE -flto=auto))
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/%.o)
CMD_OBJECTS := $(CMD_SOURCES:%.c=$(BUILD)/%.o)
TOOL_OBJECTS := $(TOOL_SOURCES:%.c=$(BUILD)/%.o)

# Names under which loyalty-post does a part of its work.
FILTERS := loyalty-earn loyalty-tier loyalty-redeem loyalty-expire
TOOLS := $(TOOL_SOURCES:cmd/%.c=%) $(FILTERS)
BINARIES := $(TOOLS:%=$(BUILD)/bin/%)
LIBRARY := $(BUILD)/libloyalty.a
SHARED := $(BUILD)/libloyalty.so.$(SOVERSION)
STATIC := $(BUILD)/static/libloyalty.a
# What only tools do is not in the interface, and libcsv not needed for it.
PUBLIC_OBJECTS := $(filter-out $(addprefix $(BUILD)/lib/,audit/% import/% reports/%),$(LIB_OBJECTS))
UNIT_TESTS := $(patsubst tests/%.c,$(BUILD)/%,$(sort $(wildcard tests/unit/*.c)))
FUZZERS = $(FUZZ:%=$(BUILD)/fuzz/%)
REPLAYS := $(patsubst tests/fuzz/%.c,$(BUILD)/replay/%,$(sort $(wildcard tests/fuzz/*.c)))
MANUALS := $(sort $(wildcard man/*.[1-8]))
SHARE := $(shell find share -type f 2>/dev/null)
# Targets that build everything first use all cores, unless -j says otherwise.
PARALLEL = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
C_FILES = $(shell find cmd include lib tests -name '*.[ch]')
SCRIPTS = $(shell grep -rlE '^.!.*(bash|bats|/sh)' .ci share tests 2>/dev/null) tests/helper.bash

.PHONY: all check check-asan unit faults nights laws fuzz bench soak lint install uninstall deps clean help demo \
	run-fuzzers
.SECONDARY:

all: $(BINARIES) $(STATIC) $(SHARED) ## build tools and library (the default)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIBRARY): $(LIB_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(SHARED): $(PUBLIC_OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared $(if $(SANITIZE),,-Wl,--no-undefined) \
		-Wl,-soname,$(notdir $@) -o $@ $^ $(LDLIBS)

# As the shared one: names that are not of the interface cannot clash with those of a program.
$(STATIC): $(PUBLIC_OBJECTS)
	@mkdir -p $(@D)
	@rm -f $@
	$(LD) -r -o $(@D)/loyalty.o $^
	$(OBJCOPY) --localize-hidden $(@D)/loyalty.o
	$(AR) rcs $@ $(@D)/loyalty.o

$(BUILD)/bin/%: $(BUILD)/cmd/%.o $(CMD_OBJECTS) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(CMD_OBJECTS) $(LIBRARY) $(LDLIBS) $(LDLIBS_$(@F))

$(FILTERS:%=$(BUILD)/bin/%): $(BUILD)/bin/loyalty-post
	ln -sf $(<F) $@

ifneq ($(WHOLE),)
WHOLE_SOURCES := $(filter-out lib/audit/% lib/import/% lib/reports/% lib/sort%,$(LIB_SOURCES)) \
	$(CMD_SOURCES) cmd/loyalty-post.c
WHOLE_OBJECTS := $(WHOLE_SOURCES:%.c=$(BUILD)/whole/%.o)

# How much code a line runs through costs more than what the code does: it should fit into the first
# cache. So the compiler is told which code runs at all. The filters are made twice, and what the first
# ones count, while they post the logs of train.sh, goes into the second. TRAIN= makes them once.
TRAIN ?= yes
TRAIN_OBJECTS := $(WHOLE_SOURCES:%.c=$(BUILD)/train/%.o)
# The counts are found by the name of the first object.
COUNTED = -dumpdir $(BUILD)/train/$(*D)/ -dumpbase $(*F).c -dumpbase-ext .c -MMD -MP -MF $(@:.o=.d)

$(BUILD)/train/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(WHOLE) -fprofile-generate -fprofile-update=single $(COUNTED) -c -o $@ $<

$(BUILD)/train/loyalty-post: $(TRAIN_OBJECTS)
	$(CC) $(CFLAGS) $(WHOLE) -fprofile-generate -Wno-error $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/train/done: $(BUILD)/train/loyalty-post $(BUILD)/bench/generate tests/train.sh
	find $(@D) -name '*.gcda' -delete
	tests/train.sh $(BUILD)/train/loyalty-post $(BUILD)/bench/generate
	@touch $@

$(BUILD)/whole/%.o: %.c $(if $(TRAIN),$(BUILD)/train/done)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(WHOLE) $(if $(TRAIN),-fprofile-use) $(COUNTED) -c -o $@ $<

$(BUILD)/bin/loyalty-post: $(WHOLE_OBJECTS)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WHOLE) -Wno-error $(LDFLAGS) -o $@ $^ $(LDLIBS)
endif

# Import reads spreadsheets' files and reports write them; nothing else needs libcsv.
LDLIBS_loyalty-import = -lcsv
LDLIBS_loyalty-report = -lcsv

$(BUILD)/unit/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(LDLIBS) -lcsv

$(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/support/mutate.o $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS) -lcsv

# The same without libFuzzer, for inputs that are given.
$(BUILD)/replay/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/support/replay.o $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcsv

unit: $(UNIT_TESTS) $(REPLAYS) ## build the unit tests

check: ## run every test; the last line counts them
	@tests/deps.sh build check
	@$(MAKE) --no-print-directory $(PARALLEL) all unit
	@CC="$(CC)" SANITIZE="$(SANITIZE)" LAWS=$(LAWS) tests/run.sh $(BUILD)

check-asan: ## the same with address and undefined behaviour sanitizers
	@$(MAKE) --no-print-directory check BUILD=build/asan LAWS=20 OPTIMIZE="-O1 -g" \
		SANITIZE="-fsanitize=address,undefined -fno-sanitize-recover=all"

faults: all ## let every call of every tool fail, also of larger inputs; kill pipelines
	FAULTS=whole BUILD=$(BUILD) bats tests/faults.bats

nights: all ## disturb NIGHTS nights of the night job (200), and hold the re-run to the byte
	NIGHTS=$(or $(NIGHTS),200) BUILD=$(BUILD) bats tests/nights.bats

laws: all ## hold the laws on LAWS random programmes
	BUILD=$(BUILD) LAWS=$(LAWS) tests/run.sh --laws $(BUILD)

fuzz: ## run each fuzz target for FUZZ_SECONDS (FUZZ="filter ledger": only these)
	@tests/deps.sh build fuzz
	@$(MAKE) --no-print-directory $(PARALLEL) run-fuzzers BUILD=build/fuzzing CC=clang OPTIMIZE="-O2 -g" \
		SANITIZE="-fsanitize=address,undefined,fuzzer-no-link \
			-fno-sanitize-recover=all -fno-sanitize=pointer-overflow"

run-fuzzers: $(FUZZERS)
	@rm -rf $(BUILD)/seeds; python3 tests/fuzz/seeds.py $(BUILD)/seeds
	@set -e; for target in $(FUZZ); do fuzzer=$(BUILD)/fuzz/$$target; mkdir -p $$fuzzer.corpus; \
		$$fuzzer -max_total_time=$(FUZZ_SECONDS) -timeout=30 -print_final_stats=1 \
			-artifact_prefix=$$fuzzer. $$fuzzer.corpus $(BUILD)/seeds/$$target \
			$$(ls -d tests/fuzz/found/$$target 2>/dev/null); done

bench: ## compare speed and memory with DuckDB, jq and Miller (PURCHASES=n)
	@tests/deps.sh build bench
	@$(MAKE) --no-print-directory $(PARALLEL) all $(BUILD)/bench/generate
	@PURCHASES=$(PURCHASES) tests/bench/bench.sh $(BUILD)

soak: ## post FACTS=n facts of years, and see that memory does not grow
	@tests/deps.sh build bench
	@$(MAKE) --no-print-directory $(PARALLEL) all $(BUILD)/bench/generate
	@python3 tests/bench/soak.py $(BUILD) $(FACTS)

$(BUILD)/bench/generate: tests/bench/generate.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $<

lint: ## check sources, scripts and manual pages
	@tests/deps.sh build check lint
	clang-format --dry-run -Werror $(C_FILES)
	clang-tidy --quiet $(filter %.c,$(C_FILES)) -- -std=c11 $(CPPFLAGS)
	cppcheck --quiet --std=c11 --error-exitcode=1 --enable=warning,performance,portability \
		--suppress=pointerSize --suppress=ctuuninitvar --suppress=missingIncludeSystem $(CPPFLAGS) lib cmd
	shellcheck -x -S warning -e SC2154 $(SCRIPTS)
	$(if $(MANUALS),mandoc -Tlint -W warning $(MANUALS))

demo: ## show a coffee shop's month become a ledger, balances and a statement
	@tests/deps.sh build
	@[ -d $(BUILD) ] || echo "building, for two minutes or so (half of it with TRAIN=)" >&2
	@$(MAKE) --no-print-directory --silent $(PARALLEL) all
	@PATH="$(abspath $(BUILD))/bin:$$PATH" share/demo/demo.sh $(BUILD)/demo

install: all ## install under PREFIX (DESTDIR is put before it)
	$(INSTALL) -d $(addprefix $(DESTDIR),$(BINDIR) $(LIBDIR)/pkgconfig $(INCLUDEDIR))
	$(INSTALL) $(filter-out $(FILTERS:%=$(BUILD)/bin/%),$(BINARIES)) $(DESTDIR)$(BINDIR)
	$(foreach filter,$(FILTERS),ln -sf loyalty-post $(DESTDIR)$(BINDIR)/$(filter) &&) :
	$(INSTALL) -m 644 $(STATIC) $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 644 $(SHARED) $(DESTDIR)$(LIBDIR)/libloyalty.so.$(VERSION)
	ln -sf libloyalty.so.$(VERSION) $(DESTDIR)$(LIBDIR)/libloyalty.so.$(SOVERSION)
	ln -sf libloyalty.so.$(SOVERSION) $(DESTDIR)$(LIBDIR)/libloyalty.so
	$(INSTALL) -m 644 include/loyalty.h $(DESTDIR)$(INCLUDEDIR)
	sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|; s|@VERSION@|$(VERSION)|' \
		loyalty.pc.in >$(DESTDIR)$(LIBDIR)/pkgconfig/loyalty.pc
	$(foreach page,$(MANUALS),$(INSTALL) -D -m 644 $(page) \
		$(DESTDIR)$(MANDIR)/man$(patsubst .%,%,$(suffix $(page)))/$(notdir $(page)) &&) :
	$(foreach file,$(SHARE),$(INSTALL) -D $(if $(filter %.sh share/examples/%,$(file)),,-m 644) $(file) \
		$(DESTDIR)$(DATADIR)/loyalty/$(file:share/%=%) &&) :

uninstall: ## remove what install put there
	rm -f $(TOOLS:%=$(DESTDIR)$(BINDIR)/%) $(DESTDIR)$(INCLUDEDIR)/loyalty.h
	rm -f $(addprefix $(DESTDIR)$(LIBDIR)/,libloyalty.a libloyalty.so libloyalty.so.$(SOVERSION) \
		libloyalty.so.$(VERSION) pkgconfig/loyalty.pc)
	rm -f $(foreach page,$(MANUALS), \
		$(DESTDIR)$(MANDIR)/man$(patsubst .%,%,$(suffix $(page)))/$(notdir $(page)))
	rm -rf $(DESTDIR)$(DATADIR)/loyalty

deps: ## install what building and testing need (apt)
	@tests/deps.sh build check

clean: ## remove everything that was built
	rm -rf build $(BUILD)

help: ## show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

-include $(LIB_OBJECTS:.o=.d) $(WHOLE_OBJECTS:.o=.d) $(TRAIN_OBJECTS:.o=.d) $(CMD_OBJECTS:.o=.d) $(TOOL_OBJECTS:.o=.d) $(UNIT_TESTS:=.d) \
	$(patsubst %.c,$(BUILD)/%.d,$(wildcard tests/fuzz/*.c tests/fuzz/*/*.c))
