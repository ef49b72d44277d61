

# Appended by isobench, so that this test also runs by itself. Measurements load the functions above and time them
# in fresh processes of both sides instead.
if __name__ == "__main__":
    import statistics
    import sys
    import time

    def once(state):
        torch = sys.modules.get("torch")
        on_device = torch is not None and torch.cuda.is_available() and torch.cuda.is_initialized()
        if on_device:
            torch.cuda.synchronize()
        start = time.perf_counter()
        experiment(state)
        if on_device:
            torch.cuda.synchronize()
        return time.perf_counter() - start

    prepared = setup()
    for _ in range(3):
        once(prepared)
    print("Execution time: %.6fs" % statistics.median(once(prepared) for _ in range(5)))
