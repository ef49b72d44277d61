/* Stands in for libnvidia-ml.so.1: one GPU whose state is the text file STATE, read at every call. */
#include <stdio.h>
#include <string.h>

static unsigned long long value(const char *wanted, unsigned long long otherwise) {
  char name[64];
  unsigned long long found;
  FILE *file = fopen(STATE, "r");
  if (file == NULL) return otherwise;
  while (fscanf(file, "%63s %llu", name, &found) == 2)
    if (strcmp(name, wanted) == 0) otherwise = found;
  fclose(file);
  return otherwise;
}

static int text(char *buffer, unsigned size, const char *content) {
  snprintf(buffer, size, "%s", content);
  return 0;
}

static int number(unsigned *out, const char *name, unsigned otherwise) {
  *out = (unsigned)value(name, otherwise);
  return 0;
}

struct field { unsigned id, scope; long long timestamp, latency; unsigned type, status; unsigned long long value; };
struct process { unsigned pid; unsigned long long memory; unsigned instance, compute; };

int nvmlInit_v2(void) { return 0; }
int nvmlSystemGetDriverVersion(char *buffer, unsigned size) { return text(buffer, size, "580.1"); }
int nvmlDeviceGetCount_v2(unsigned *count) { return number(count, "devices", 1); }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) { *device = (void *)(index + 1ul); return 0; }
int nvmlDeviceGetUUID(void *device, char *buffer, unsigned size) {
  snprintf(buffer, size, "GPU-%llu-%lu", value("uuid", 0), (unsigned long)device);
  return 0;
}
int nvmlDeviceGetName(void *device, char *buffer, unsigned size) { (void)device; return text(buffer, size, "NVIDIA Stub"); }
int nvmlDeviceGetMinorNumber(void *device, unsigned *out) { *out = (unsigned)(unsigned long)device - 1; return 0; }
int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned *out) { (void)device; return number(out, "limit", 700000); }
int nvmlDeviceGetMaxClockInfo(void *device, int clock, unsigned *out) { (void)device; *out = 1980; return clock != 1; }
int nvmlDeviceGetPersistenceMode(void *device, unsigned *out) { (void)device; *out = 1; return 0; }
int nvmlDeviceGetEccMode(void *device, unsigned *now, unsigned *next) { (void)device; *now = *next = 1; return 0; }
int nvmlDeviceGetClockInfo(void *device, int clock, unsigned *out) { (void)device; return clock != 1 || number(out, "clock", 1980); }
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *out) { (void)device; return sensor != 0 || number(out, "celsius", 40); }
int nvmlDeviceGetPowerUsage(void *device, unsigned *out) { (void)device; return number(out, "power", 70500); }
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *out) {
  (void)device;
  *out = value("reasons", 0);
  return 0;
}
int nvmlDeviceGetFieldValues(void *device, int count, struct field *fields) {
  (void)device;
  for (int i = 0; i < count; i++) {
    fields[i].status = fields[i].id == 269 || fields[i].id == 74 ? 0 : 3;
    fields[i].value = value(fields[i].id == 269 ? "thermal" : "capped", 0);
  }
  return 0;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, struct process *found) {
  char name[16];
  unsigned room = *count, listed = 0;
  snprintf(name, sizeof name, "pid%lu", (unsigned long)device);
  unsigned long long pid = value(name, 0);
  if (pid != 0) {
    if (room > 0) found[0] = (struct process){(unsigned)pid, 1 << 20, 0, 0};
    listed = 1;
  }
  *count = listed;
  return 0;
}
int nvmlDeviceGetMemoryInfo(void *device, unsigned long long *memory) {
  (void)device;
  memory[0] = 80ull << 30;
  memory[2] = value("used", 0);
  memory[1] = memory[0] - memory[2];
  return 0;
}
