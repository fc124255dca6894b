# K of spatstat.explore on the same plants and window: usage ripley.R FOLDER NAME R_MAX STEP LABEL
suppressMessages({library(spatstat.geom); library(spatstat.explore)})
words <- commandArgs(TRUE)
plants <- read.csv(file.path(words[1], paste0(words[2], ".csv")))
vertices <- read.csv(file.path(words[1], "window.csv"))
outer <- vertices[vertices$ring == "a", ]
hole <- vertices[vertices$ring == "b", ]
window <- owin(poly = list(list(x = outer$x, y = outer$y), list(x = rev(hole$x), y = rev(hole$y))))
pattern <- ppp(plants$x, plants$y, window = window)
r <- as.numeric(words[3])
step <- as.numeric(words[4])
# nlarge: otherwise Kest changes to the border correction by itself above 3,000 points.
seconds <- system.time(found <- as.data.frame(
  Kest(pattern, r = seq(0, r, by = step), correction = "isotropic", nlarge = Inf)))
cat(words[5], "Kest isotropic, CPU s:", seconds[["user.self"]] + seconds[["sys.self"]], "\n")
cat("K at the largest r:", format(found$iso[nrow(found)], digits = 15), "\n")
