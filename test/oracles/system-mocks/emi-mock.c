/*
 * What emi.ts calls of Windows, with the structures of Microsoft's public emi.h and the signatures of cfgmgr32.h, fileapi.h and
 * ioapiset.h; compiled by system-mocks.test.ts, so that offsets and prototypes are checked against a C compiler's own idea of
 * them. One device of version 2 with two channels; each measurement has 1 mWh more than the one before.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint16_t WCHAR, USHORT;
typedef uint32_t ULONG, DWORD, CONFIGRET;
typedef uint64_t ULONGLONG;
typedef int BOOL;
typedef void *HANDLE;
typedef struct {
  uint32_t Data1;
  uint16_t Data2, Data3;
  uint8_t Data4[8];
} GUID;
typedef enum { EmiMeasurementUnitPicowattHours } EMI_MEASUREMENT_UNIT;
#define EMI_NAME_MAX 16
typedef struct {
  ULONGLONG AbsoluteEnergy;
  ULONGLONG AbsoluteTime;
} EMI_CHANNEL_MEASUREMENT_DATA;
typedef struct {
  EMI_MEASUREMENT_UNIT MeasurementUnit;
  USHORT ChannelNameSize;
  WCHAR ChannelName[1];
} EMI_CHANNEL_V2;
typedef struct {
  WCHAR HardwareOEM[EMI_NAME_MAX];
  WCHAR HardwareModel[EMI_NAME_MAX];
  USHORT HardwareRevision;
  USHORT ChannelCount;
  EMI_CHANNEL_V2 Channels[1];
} EMI_METADATA_V2;

static const GUID METER = {0x45BD8344, 0x7ED6, 0x49cf, {0xA4, 0x40, 0xC2, 0x76, 0xC9, 0x33, 0xB0, 0x53}};
static const char *PATH = "\\\\?\\ACPI#INTC#0";
static const char *NAMES[2] = {"RAPL_Package0_PKG", "RAPL_Package0_DRAM"};
static HANDLE const DEVICE = (HANDLE)(uintptr_t)0x1234;
static DWORD last_error = 0;
static ULONGLONG measured = 0;
static int handles = 0;
int mock_handles(void) { return handles; }

static size_t widen(WCHAR *to, const char *text) {
  size_t length = strlen(text) + 1;
  for (size_t at = 0; at < length; at++) to[at] = (WCHAR)(unsigned char)text[at];
  return length * sizeof(WCHAR);
}
CONFIGRET CM_Get_Device_Interface_List_SizeW(ULONG *length, const GUID *guid, const WCHAR *device, ULONG flags) {
  if (memcmp(guid, &METER, sizeof METER) != 0 || device != NULL || flags != 0) return 0x1f;
  *length = (ULONG)strlen(PATH) + 2;
  return 0;
}
CONFIGRET CM_Get_Device_Interface_ListW(const GUID *guid, const WCHAR *device, WCHAR *list, ULONG length, ULONG flags) {
  if (memcmp(guid, &METER, sizeof METER) != 0 || device != NULL || flags != 0) return 0x1f;
  if (length < strlen(PATH) + 2) return 0x1a;
  list[widen(list, PATH) / sizeof(WCHAR)] = 0;
  return 0;
}
HANDLE CreateFileW(const WCHAR *name, DWORD access, DWORD share, void *security, DWORD disposition, DWORD flags, HANDLE like) {
  WCHAR wanted[64];
  size_t size = widen(wanted, PATH);
  if (memcmp(name, wanted, size) != 0 || access != 0x80000000u || share != 3 || disposition != 3 || flags != 0 ||
      security != NULL || like != NULL) {
    last_error = 2;
    return (HANDLE)(intptr_t)-1;
  }
  handles++;
  return DEVICE;
}
DWORD GetLastError(void) { return last_error; }
BOOL CloseHandle(HANDLE device) {
  if (device == DEVICE) handles--;
  return device == DEVICE;
}
BOOL DeviceIoControl(HANDLE device, DWORD code, void *in, DWORD in_size, void *out, DWORD out_size, DWORD *returned,
                     void *overlapped) {
  unsigned char answer[512];
  size_t size = 0;
  if (device != DEVICE || in != NULL || in_size != 0 || overlapped != NULL) {
    last_error = 87;
    return 0;
  }
  memset(answer, 0, sizeof answer);
  if (code == 0x226000) {
    answer[0] = 2;
    size = 2;
  } else if (code == 0x226004 || code == 0x226008) {
    EMI_METADATA_V2 *head = (EMI_METADATA_V2 *)answer;
    widen(head->HardwareOEM, "Maker");
    head->HardwareRevision = 7;
    head->ChannelCount = 2;
    unsigned char *at = answer + offsetof(EMI_METADATA_V2, Channels);
    for (int index = 0; index < 2; index++) {
      WCHAR name[64];
      USHORT bytes = (USHORT)widen(name, NAMES[index]);
      memcpy(at + offsetof(EMI_CHANNEL_V2, ChannelNameSize), &bytes, sizeof bytes);
      memcpy(at + offsetof(EMI_CHANNEL_V2, ChannelName), name, bytes);
      at += offsetof(EMI_CHANNEL_V2, ChannelName) + bytes;
    }
    size = (size_t)(at - answer);
    if (code == 0x226004) {
      ULONG length = (ULONG)size;
      memcpy(answer, &length, sizeof length);
      size = sizeof length;
    }
  } else if (code == 0x22600c) {
    EMI_CHANNEL_MEASUREMENT_DATA *data = (EMI_CHANNEL_MEASUREMENT_DATA *)answer;
    for (int index = 0; index < 2; index++) {
      data[index].AbsoluteEnergy = (1000 + measured) * 1000000000ULL * (ULONGLONG)(index + 1);
      data[index].AbsoluteTime = measured;
    }
    measured++;
    size = 2 * sizeof *data;
  }
  if (size == 0 || out_size < size) {
    last_error = 122;
    return 0;
  }
  memcpy(out, answer, size);
  *returned = (DWORD)size;
  return 1;
}
