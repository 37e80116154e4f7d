/*
 * A library with the signatures and struct layouts of NVIDIA's public nvml.h (CUDA 13), compiled by nvml-mock.test.ts,
 * so that the binding of each prototype is checked against a C compiler's own idea of it. Two boards; the second is
 * partitioned into one MIG instance.
 */
#include <stddef.h>
#include <string.h>

typedef int nvmlReturn_t; /* an enumeration in nvml.h */
typedef struct nvmlDevice_st {
  unsigned int index;
  const char *uuid;
  struct nvmlDevice_st *parent;
} *nvmlDevice_t;

typedef union {
  double dVal;
  int siVal;
  unsigned int uiVal;
  unsigned long ulVal;
  unsigned long long ullVal;
  signed long long sllVal;
  unsigned short usVal;
} nvmlValue_t;

typedef struct {
  unsigned int fieldId;
  unsigned int scopeId;
  long long timestamp;
  long long latencyUsec;
  int valueType; /* nvmlValueType_t */
  nvmlReturn_t nvmlReturn;
  nvmlValue_t value;
} nvmlFieldValue_t;

typedef struct {
  unsigned int pid;
  unsigned long long timeStamp;
  unsigned int smUtil;
  unsigned int memUtil;
  unsigned int encUtil;
  unsigned int decUtil;
} nvmlProcessUtilizationSample_t;

enum { OK = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7 };
enum { VALUE_DOUBLE = 0, VALUE_UINT = 1, VALUE_ULLONG = 3 };

static int users = 0;
static unsigned long long reads = 0;
static struct nvmlDevice_st boards[2] = {{0, "GPU-11111111-0000-0000-0000-000000000000", NULL},
                                         {1, "GPU-22222222-0000-0000-0000-000000000000", NULL}};
static struct nvmlDevice_st instance = {7, "MIG-33333333-0000-0000-0000-000000000000", &boards[1]};

#define READY                  \
  if (users == 0) return UNINITIALIZED;
#define BOARD                  \
  READY if (device != &boards[0] && device != &boards[1]) return INVALID;

static nvmlReturn_t put(char *target, unsigned int length, const char *text) {
  if (target == NULL) return INVALID;
  if (strlen(text) + 1 > length) return TOO_SMALL;
  strcpy(target, text);
  return OK;
}

nvmlReturn_t nvmlInit_v2(void) { users++; return OK; }
nvmlReturn_t nvmlShutdown(void) { READY users--; return OK; }
nvmlReturn_t nvmlSystemGetDriverVersion(char *version, unsigned int length) { READY return put(version, length, "580.95.05"); }
nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int *deviceCount) { READY *deviceCount = 2; return OK; }

nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t *device) {
  READY if (index > 1) return INVALID;
  *device = &boards[index];
  return OK;
}

nvmlReturn_t nvmlDeviceGetHandleByUUID(const char *uuid, nvmlDevice_t *device) {
  READY if (strcmp(uuid, instance.uuid) == 0) { *device = &instance; return OK; }
  for (int index = 0; index < 2; index++)
    if (strcmp(uuid, boards[index].uuid) == 0) { *device = &boards[index]; return OK; }
  return NOT_FOUND;
}

nvmlReturn_t nvmlDeviceGetDeviceHandleFromMigDeviceHandle(nvmlDevice_t migDevice, nvmlDevice_t *device) {
  READY if (migDevice->parent == NULL) return INVALID;
  *device = migDevice->parent;
  return OK;
}

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char *uuid, unsigned int length) { BOARD return put(uuid, length, device->uuid); }
nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *name, unsigned int length) { BOARD return put(name, length, "Mock GPU"); }

/* Beyond 2^32 and beyond what a 32-bit read would show; moves with each read. */
nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long *energy) {
  BOARD *energy = 123456789012345ULL + 1000000000ULL * device->index + 1000ULL * reads++;
  return OK;
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned int *power) { BOARD *power = 70000 + device->index; return OK; }
nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t device, unsigned int *limit) { BOARD *limit = 4000000000U; return OK; }
nvmlReturn_t nvmlDeviceGetArchitecture(nvmlDevice_t device, unsigned int *arch) { BOARD *arch = 9; return OK; }

nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int *currentMode, unsigned int *pendingMode) {
  BOARD if (device->index == 0) return NOT_SUPPORTED;
  *currentMode = 1;
  *pendingMode = 0;
  return OK;
}

nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int valuesCount, nvmlFieldValue_t *values) {
  BOARD for (int at = 0; at < valuesCount; at++) {
    values[at].timestamp = 1700000000000000LL;
    values[at].latencyUsec = -1;
    if (values[at].fieldId != 186) { values[at].nvmlReturn = NOT_SUPPORTED; continue; }
    values[at].nvmlReturn = OK;
    if (device->index == 0) { values[at].valueType = VALUE_UINT; values[at].value.uiVal = 81234; }
    else { values[at].valueType = VALUE_DOUBLE; values[at].value.dVal = 91234.5; }
  }
  return OK;
}

nvmlReturn_t nvmlDeviceGetProcessUtilization(nvmlDevice_t device, nvmlProcessUtilizationSample_t *utilization,
                                             unsigned int *processSamplesCount, unsigned long long lastSeenTimeStamp) {
  BOARD if (device->index == 1) return NOT_SUPPORTED;
  if (lastSeenTimeStamp >= 1700000000000002ULL) return NOT_FOUND;
  if (utilization == NULL || *processSamplesCount < 2) { *processSamplesCount = 2; return TOO_SMALL; }
  nvmlProcessUtilizationSample_t first = {4000000001U, 1700000000000001ULL, 60, 1, 2, 3};
  nvmlProcessUtilizationSample_t second = {42, 1700000000000002ULL, 20, 4, 5, 6};
  utilization[0] = first;
  utilization[1] = second;
  *processSamplesCount = 2;
  return OK;
}
