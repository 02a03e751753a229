/* sort.c: numbers of 4 bytes in the buffer, sorted in place by quicksort, and by insertion where they are few. */
#include "tests/truth/truth.h"

#define COUNT (500 << TRUTH_SCALE)
#define FEW 8

static void insertion_sort(uint32_t *first, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint32_t value = first[i];
		size_t at = i;

		for (; at > 0 && first[at - 1] > value; at--)
			first[at] = first[at - 1];
		first[at] = value;
	}
}

static void sort(uint32_t *first, size_t n)
{
	while (n > FEW) {
		uint32_t pivot = first[n / 2];
		size_t low = 0, high = n - 1;

		for (;;) {
			uint32_t swapped;

			while (first[low] < pivot)
				low++;
			while (first[high] > pivot)
				high--;
			if (low >= high)
				break;
			swapped = first[low];
			first[low++] = first[high];
			first[high--] = swapped;
		}
		sort(first + high + 1, n - high - 1);
		n = high + 1;
	}
	insertion_sort(first, n);
}

int work(void)
{
	uint32_t *numbers = (uint32_t *)buffer, seed = 2463534242u, sum = 0;

	for (size_t i = 0; i < COUNT; i++)
		sum += numbers[i] = next_random(&seed);
	sort(numbers, COUNT);
	for (size_t i = 0; i < COUNT; i++) {
		if (i > 0 && numbers[i - 1] > numbers[i])
			return 1;
		sum -= numbers[i];
	}
	return sum == 0 ? 0 : 2;
}
