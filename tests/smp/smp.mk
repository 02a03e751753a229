# The control of tests/smp/run: lodestore without the holding of vCPUs.
$(B)/smp-control: $(B)/vmm/main.o $(B)/tests/smp/no_hold.o $(B)/liblodestore.a
	@echo "  LD $@" && $(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
