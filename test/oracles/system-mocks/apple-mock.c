/*
 * What io-report.ts and core-foundation.ts call of macOS, with the signatures of CFBase.h, CFString.h, CFArray.h and
 * CFDictionary.h and those of IOReport as its readers declare them; compiled by system-mocks.test.ts, so that each prototype is
 * checked against a C compiler's own idea of it. Each sample has 1.5 J more of CPU and 2.5 J more of GPU than the one before.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef long CFIndex;
typedef unsigned char Boolean;
typedef uint32_t CFStringEncoding;
typedef struct object *Ref;
typedef const void *CFTypeRef;

enum kind { STRING = 1, CHANNEL, SAMPLE, CHANNELS, SUBSCRIPTION };
struct object {
  enum kind kind;
  int count;
  char text[64];
  Ref name, unit;
  int64_t value;
  Ref items[2];
};

static int alive = 0;
static int64_t samples = 0;
int mock_alive(void) { return alive; }

static Ref make(enum kind kind) {
  Ref made = calloc(1, sizeof *made);
  made->kind = kind;
  made->count = 1;
  alive++;
  return made;
}
static Ref expect(CFTypeRef ref, enum kind kind) {
  if (ref == NULL || ((Ref)ref)->kind != kind) abort();
  return (Ref)ref;
}

void CFRelease(CFTypeRef given) {
  Ref ref = (Ref)given;
  if (ref == NULL || ref->count < 1) abort();
  if (--ref->count > 0) return;
  if (ref->name) CFRelease(ref->name);
  if (ref->unit) CFRelease(ref->unit);
  for (int at = 0; at < 2; at++)
    if (ref->items[at]) CFRelease(ref->items[at]);
  alive--;
  free(ref);
}
Ref CFStringCreateWithCString(CFTypeRef allocator, const char *text, CFStringEncoding encoding) {
  if (allocator != NULL || encoding != 0x08000100) return NULL;
  Ref made = make(STRING);
  strncpy(made->text, text, sizeof made->text - 1);
  return made;
}
Boolean CFStringGetCString(CFTypeRef string, char *buffer, CFIndex size, CFStringEncoding encoding) {
  Ref ref = expect(string, STRING);
  if (encoding != 0x08000100 || size < (CFIndex)strlen(ref->text) + 1) return 0;
  strcpy(buffer, ref->text);
  return 1;
}
/* The array of a sample is the sample itself: nobody can tell. */
CFIndex CFArrayGetCount(CFTypeRef array) {
  expect(array, SAMPLE);
  return 2;
}
CFTypeRef CFArrayGetValueAtIndex(CFTypeRef array, CFIndex index) { return expect(array, SAMPLE)->items[index]; }
CFTypeRef CFDictionaryGetValue(CFTypeRef dictionary, CFTypeRef key) {
  return strcmp(expect(key, STRING)->text, "IOReportChannels") == 0 ? expect(dictionary, SAMPLE) : NULL;
}

static Ref channel(const char *name, const char *unit, int64_t value) {
  Ref made = make(CHANNEL);
  made->name = CFStringCreateWithCString(NULL, name, 0x08000100);
  made->unit = CFStringCreateWithCString(NULL, unit, 0x08000100);
  made->value = value;
  return made;
}
static Ref sample(int64_t count) {
  Ref made = make(SAMPLE);
  made->items[0] = channel("CPU Energy", "mJ", 1500 * count);
  /* Beyond 2^53 after all: values are 64-bit. */
  made->items[1] = channel("GPU Energy", "nJ", 9007199254740993LL + 2500000000LL * count);
  return made;
}
CFTypeRef IOReportCopyChannelsInGroup(CFTypeRef group, CFTypeRef subgroup, uint64_t a, uint64_t b, uint64_t c) {
  if (strcmp(expect(group, STRING)->text, "Energy Model") != 0 || subgroup != NULL || (a | b | c) != 0) return NULL;
  return make(CHANNELS);
}
CFTypeRef IOReportCreateSubscription(void *a, CFTypeRef channels, CFTypeRef *subscribed, uint64_t id, CFTypeRef b) {
  if (a != NULL || id != 0 || b != NULL) return NULL;
  expect(channels, CHANNELS);
  *subscribed = make(CHANNELS);
  return make(SUBSCRIPTION);
}
CFTypeRef IOReportCreateSamples(CFTypeRef subscription, CFTypeRef channels, CFTypeRef a) {
  expect(subscription, SUBSCRIPTION);
  expect(channels, CHANNELS);
  return a == NULL ? sample(samples++) : NULL;
}
CFTypeRef IOReportCreateSamplesDelta(CFTypeRef before, CFTypeRef after, CFTypeRef a) {
  if (a != NULL) return NULL;
  Ref delta = sample(0);
  for (int at = 0; at < 2; at++)
    delta->items[at]->value = expect(after, SAMPLE)->items[at]->value - expect(before, SAMPLE)->items[at]->value;
  return delta;
}
CFTypeRef IOReportChannelGetChannelName(CFTypeRef ref) { return expect(ref, CHANNEL)->name; }
CFTypeRef IOReportChannelGetUnitLabel(CFTypeRef ref) { return expect(ref, CHANNEL)->unit; }
int64_t IOReportSimpleGetIntegerValue(CFTypeRef ref, int *error) {
  return error == NULL ? expect(ref, CHANNEL)->value : -1;
}
