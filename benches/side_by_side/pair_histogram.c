/* A plain histogram of the distances of all pairs: the floor that exact Kd is held against.
   gcc -O3 -march=native pair_histogram.c -o pair_histogram -lm
   usage: pair_histogram FILE BINS WIDTH   (FILE: lines "x y") */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv) {
    if (argc < 4) return 2;
    size_t n = 0, room = 1 << 16;
    double *x = malloc(room * sizeof *x), *y = malloc(room * sizeof *y);
    FILE *file = fopen(argv[1], "r");
    if (!file) return 1;
    while (fscanf(file, "%lf %lf", &x[n], &y[n]) == 2)
        if (++n == room) {
            room *= 2;
            x = realloc(x, room * sizeof *x);
            y = realloc(y, room * sizeof *y);
        }
    fclose(file);
    size_t bins = strtoul(argv[2], 0, 10);
    double inverse = 1.0 / atof(argv[3]);
    unsigned long *count = calloc(bins + 1, sizeof *count);
    clock_t start = clock();
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++) {
            double dx = x[i] - x[j], dy = y[i] - y[j];
            size_t bin = (size_t)(sqrt(dx * dx + dy * dy) * inverse);
            count[bin < bins ? bin : bins]++;
        }
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    unsigned long sum = 0;
    for (size_t bin = 0; bin <= bins; bin++) sum += count[bin];
    printf("%zu points, %lu pairs, %zu bins: %.3f CPU s\n", n, sum, bins, seconds);
    return 0;
}
