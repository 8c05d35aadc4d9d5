# loyalty-utils - see `make help`

VERSION := 0.1.0
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
BUILD ?= build
WERROR ?= -Werror
SANITIZE ?=

WARNINGS = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wpointer-arith -Wwrite-strings -Wvla -Wformat=2 -Wundef -Wcast-qual $(WERROR)
OPTIMIZE ?= -O2 -g
override CPPFLAGS += -Iinclude -Ilib -D_GNU_SOURCE -DSHAREDIR='"$(DATADIR)/loyalty"'
override CFLAGS := -std=c11 $(OPTIMIZE) -fPIC -fvisibility=hidden $(WARNINGS) $(SANITIZE) $(CFLAGS)
override LDFLAGS := $(SANITIZE) $(LDFLAGS)
LDLIBS = -ljansson -lm

LIB_SOURCES := $(sort $(wildcard lib/*.c lib/*/*.c))
TOOL_SOURCES := $(sort $(wildcard cmd/loyalty-*.c))
CMD_SOURCES := $(filter-out $(TOOL_SOURCES),$(sort $(wildcard cmd/*.c)))
TOOLS := $(TOOL_SOURCES:cmd/%.c=%)
BINARIES := $(TOOLS:%=$(BUILD)/bin/%)

LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/%.o)
CMD_OBJECTS := $(CMD_SOURCES:%.c=$(BUILD)/%.o)
TOOL_OBJECTS := $(TOOL_SOURCES:%.c=$(BUILD)/%.o)

LIBRARY := $(BUILD)/libloyalty.a
SHARED := $(BUILD)/libloyalty.so.$(SOVERSION)

UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(sort $(wildcard tests/unit/*.c)))

.PHONY: all
all: $(BINARIES) $(LIBRARY) $(SHARED)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(LIBRARY): $(LIB_OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(SHARED): $(LIB_OBJECTS)
	$(CC) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(notdir $@) -o $@ $^ $(LDLIBS)

$(BUILD)/bin/%: $(BUILD)/cmd/%.o $(CMD_OBJECTS) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $< $(CMD_OBJECTS) $(LIBRARY) $(LDLIBS) $(LDLIBS_$(notdir $@))

# Only the tool that reads spreadsheets' files needs libcsv; reports write with it.
LDLIBS_loyalty-import = -lcsv
LDLIBS_loyalty-report = -lcsv
$(SHARED): LDLIBS += -lcsv
$(BUILD)/unit/report_table: LDLIBS += -lcsv

$(BUILD)/unit/%: tests/unit/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIBRARY) $(LDLIBS)

.PHONY: unit
unit: $(UNIT_TESTS)

.PHONY: clean
clean:
	rm -rf build

-include $(LIB_OBJECTS:.o=.d) $(CMD_OBJECTS:.o=.d) $(TOOL_OBJECTS:.o=.d) $(UNIT_TESTS:=.d)
