/* M by a plain loop: what a careful C program does without sharing distances between simulations.
 *
 * usage: m_loop PLANTS.csv SIMULATIONS R_MAX STEPS WEIGHTED
 * PLANTS.csv of make_plants.py (id,industry,x,y,size); industry A; M at 0, R_MAX/STEPS, ..., R_MAX. Each simulation
 * deals the marks (type and size) anew over all sites, then visits every pair of a plant of A and any other plant. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t state = 88172645463325252ULL;

static uint64_t next(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

int main(int argc, char **argv) {
    if (argc < 6) return 1;
    FILE *in = fopen(argv[1], "r");
    int simulations = atoi(argv[2]), steps = atoi(argv[4]), weighted = atoi(argv[5]);
    double r_max = atof(argv[3]), width = r_max / steps;
    size_t n = 0, room = 1 << 21;
    double *x = malloc(room * 8), *y = malloc(room * 8), *w = malloc(room * 8);
    char *a = malloc(room), line[256], code[64];
    if (!in || !fgets(line, sizeof line, in)) return 1;
    while (fgets(line, sizeof line, in)) {
        char *at = strchr(line, ',') + 1;
        double size;
        sscanf(at, "%63[^,],%lf,%lf,%lf", code, &x[n], &y[n], &size);
        a[n] = code[0] == 'A';
        w[n] = weighted ? size : 1;
        n++;
    }
    double *all = malloc((steps + 2) * 8), *own = malloc((steps + 2) * 8);
    clock_t start = clock();
    for (int s = 0; s <= simulations; s++) {
        for (size_t i = n - 1; s > 0 && i > 0; i--) {
            size_t j = next() % (i + 1);
            char mark = a[i];
            double size = w[i];
            a[i] = a[j], w[i] = w[j], a[j] = mark, w[j] = size;
        }
        double total = 0, of_a = 0;
        for (size_t i = 0; i < n; i++) total += w[i], of_a += a[i] ? w[i] : 0;
        double *local = calloc(steps + 2, 8), *global = calloc(steps + 2, 8);
        for (size_t i = 0; i < n; i++) {
            if (!a[i]) continue;
            memset(all, 0, (steps + 2) * 8);
            memset(own, 0, (steps + 2) * 8);
            for (size_t j = 0; j < n; j++) {
                if (j == i) continue;
                double dx = x[j] - x[i], dy = y[j] - y[i], d = sqrt(dx * dx + dy * dy) / width;
                int k = d <= steps ? (int)ceil(d) : steps + 1;
                all[k] += w[j];
                own[k] += a[j] ? w[j] : 0;
            }
            double near = 0, same = 0;
            for (int k = 0; k <= steps; k++) {
                near += all[k], same += own[k];
                if (near > 0) local[k] += same / near, global[k] += (of_a - w[i]) / (total - w[i]);
            }
        }
        if (s == 0) printf("M(r_max) = %.15g\n", local[steps] / global[steps]);
        free(local), free(global);
    }
    double seconds = (double)(clock() - start) / CLOCKS_PER_SEC;
    printf("%zu plants, %d simulations and the observation: %.2f CPU s, %.3f each\n", n, simulations, seconds,
           seconds / (simulations + 1));
    return 0;
}
