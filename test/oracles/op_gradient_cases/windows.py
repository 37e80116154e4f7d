"""Windows that slide over [batch, channels, ...places]: convolutions, their transposes, pools."""
import torch
import torch.nn.functional as F

from .case import apart, collect, fixed, floats, known, numbers

CASES, case = collect()


def padded(x, begins, ends, value=0.0):
    """F.pad takes the last axis first."""
    pads = [pad for begin, end in reversed(list(zip(begins, ends))) for pad in (begin, end)]
    return F.pad(x, pads, value=value)


def conv(begins=None, ends=None, **more):
    def of(x, w, b=None):
        plain = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}[x.dim()]
        return plain(x if begins is None else padded(x, begins, ends), w, b, **more)
    return of


case("Conv", "sound", conv(), floats(2, 3, 9), floats(4, 3, 3), floats(4))
case("Conv", "images, unequal pads and strides", conv((1, 0), (2, 1), stride=(2, 3)), floats(2, 3, 7, 5), floats(4, 3, 3, 2), floats(4),
     strides=[2, 3], pads=[1, 0, 2, 1])
case("Conv", "groups and dilations", conv(groups=2, dilation=(2, 1), stride=(1, 2)), floats(1, 4, 7, 5), floats(6, 2, 2, 3),
     group=2, dilations=[2, 1], strides=[1, 2])
# Of 5 rows every second keeps 3: one row is missing, which goes to the end; of 7 columns none is.
case("Conv", "a group for each channel, the same size, more at the end", conv((0, 1), (1, 1), groups=3, stride=2), floats(1, 3, 5, 7),
     floats(3, 1, 2, 3), floats(3), group=3, auto_pad="SAME_UPPER", strides=[2, 2])
case("Conv", "the same size, more at the beginning", conv((1,), (0,)), floats(2, 2, 5), floats(3, 2, 2), auto_pad="SAME_LOWER")
case("Conv", "places that no window reaches", conv(stride=4), floats(1, 2, 11), floats(2, 2, 2), strides=[4])
case("Conv", "volumes", conv((0, 1, 0), (0, 1, 1), stride=(1, 2, 1)), floats(1, 2, 3, 4, 3), floats(2, 2, 2, 2, 3), floats(2),
     strides=[1, 2, 1], pads=[0, 1, 0, 0, 1, 1])
case("Conv", "everything at once", conv((1, 2), (0, 1), stride=(2, 1), dilation=(1, 2), groups=3), floats(2, 6, 6, 5), floats(3, 2, 2, 3),
     floats(3), strides=[2, 1], dilations=[1, 2], pads=[1, 2, 0, 1], group=3)
case("Conv", "no pads, as auto_pad says", conv(stride=2), floats(1, 2, 6), floats(3, 2, 3), auto_pad="VALID", strides=[2])

case("ConvTranspose", "sound", F.conv_transpose1d, floats(2, 3, 5), floats(3, 2, 3), floats(2))
case("ConvTranspose", "strides, pads, places added",
     lambda x, w: F.conv_transpose2d(x, w, stride=(2, 3), padding=(1, 0), output_padding=(1, 2)), floats(1, 2, 3, 5),
     floats(2, 3, 3, 2), strides=[2, 3], pads=[1, 0, 1, 0], output_padding=[1, 2])
case("ConvTranspose", "unequal pads", lambda x, w, b: F.conv_transpose2d(x, w, b, stride=2)[:, :, 1:-2, 0:-1], floats(1, 2, 3, 5),
     floats(2, 3, 3, 2), floats(3), strides=[2, 2], pads=[1, 0, 2, 1])
case("ConvTranspose", "groups and dilations", lambda x, w, b: F.conv_transpose2d(x, w, b, groups=2, dilation=(2, 1)),
     floats(2, 4, 3, 5), floats(4, 2, 2, 3), floats(4), group=2, dilations=[2, 1])
case("ConvTranspose", "everything at once",
     lambda x, w, b: F.conv_transpose2d(x, w, b, stride=(2, 3), padding=(1, 0), output_padding=(1, 2), groups=3, dilation=(2, 1)),
     floats(1, 6, 3, 2), floats(6, 1, 2, 3), floats(3), strides=[2, 3], pads=[1, 0, 1, 0], output_padding=[1, 2], group=3,
     dilations=[2, 1])
case("ConvTranspose", "volumes", lambda x, w: F.conv_transpose3d(x, w, stride=(1, 2, 1)), floats(1, 2, 2, 3, 2), floats(2, 1, 2, 2, 3),
     strides=[1, 2, 1])
# 2 · 3 rows wanted, of (3 − 1) · 2 + 3 = 7: the one too many is cut at the end.
case("ConvTranspose", "the same size times the strides", lambda x, w: F.conv_transpose2d(x, w, stride=2)[:, :, :-1, :-1],
     floats(1, 2, 3, 5), floats(2, 2, 3, 3), auto_pad="SAME_UPPER", strides=[2, 2])
# 8 places of (4 − 1) · 2 + 3 = 9: unless told to cut at the end, one is cut in front.
case("ConvTranspose", "a size that is told", lambda x, w: F.conv_transpose1d(x, w, stride=2)[:, :, 1:], floats(1, 2, 4),
     floats(2, 3, 3), strides=[2], output_shape=[8])

OVERLAPPING = {"kernel_shape": [3, 2], "strides": [2, 1], "pads": [1, 0, 1, 1]}
CEIL = {"kernel_shape": [3, 3], "strides": [3, 2], "ceil_mode": 1}
COUNTED = {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [1, 1, 1, 1], "ceil_mode": 1}

case("MaxPool", "windows that overlap, unequal pads",
     lambda x: F.max_pool2d(padded(x, (1, 0), (1, 1), -torch.inf), (3, 2), (2, 1)), apart(2, 3, 7, 5), **OVERLAPPING)
case("MaxPool", "a last window that ends outside", lambda x: F.max_pool2d(x, 3, (3, 2), ceil_mode=True), apart(1, 2, 8, 5), **CEIL)
case("MaxPool", "dilated, with places", lambda x: F.max_pool2d(x, (2, 3), 1, dilation=2, return_indices=True), apart(1, 1, 7, 7),
     kernel_shape=[2, 3], dilations=[2, 2])
case("MaxPool", "sound, places that no window reaches", lambda x: F.max_pool1d(x, 3, 4), apart(2, 2, 9), kernel_shape=[3], strides=[4])
case("MaxPool", "the same size", lambda x: F.max_pool2d(padded(x, (0, 0), (1, 0), -torch.inf), 2, 2), apart(1, 2, 5, 4),
     kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")

case("MaxPool", "volumes", lambda x: F.max_pool3d(x, 2, (1, 2, 1)), apart(1, 2, 3, 4, 3), kernel_shape=[2, 2, 2], strides=[1, 2, 1])


def shared(x, begins, ends, kernel, stride):
    """Padding counts neither as a number nor as a place."""
    total, places = (F.avg_pool2d(padded(value, begins, ends), kernel, stride, divisor_override=1)
                     for value in (x, torch.ones_like(x)))
    return total / places


case("AveragePool", "windows that overlap, unequal pads", lambda x: shared(x, (1, 0), (1, 1), (3, 2), (2, 1)), floats(2, 3, 7, 5),
     **OVERLAPPING)
case("AveragePool", "a last window that ends outside", lambda x: F.avg_pool2d(x, 3, (3, 2), ceil_mode=True), floats(1, 2, 8, 5), **CEIL)
case("AveragePool", "padding counts", lambda x: F.avg_pool2d(x, 3, 2, padding=1, ceil_mode=True, count_include_pad=True),
     floats(1, 2, 6, 5), count_include_pad=1, **COUNTED)
case("AveragePool", "padding does not count", lambda x: F.avg_pool2d(x, 3, 2, padding=1, ceil_mode=True, count_include_pad=False),
     floats(1, 2, 6, 5), **COUNTED)
case("AveragePool", "sound, places that no window reaches", lambda x: F.avg_pool1d(x, 3, 4), floats(2, 2, 9), kernel_shape=[3],
     strides=[4])


def spread(x):
    """Each channel alone, by a convolution of equal weights."""
    return F.conv2d(x, torch.full((2, 1, 2, 3), 1 / 6, dtype=x.dtype), dilation=(2, 1), groups=2)


case("AveragePool", "dilated", spread, floats(1, 2, 5, 7), kernel_shape=[2, 3], dilations=[2, 1])
case("AveragePool", "volumes", lambda x: F.avg_pool3d(x, (2, 2, 3)), floats(1, 2, 4, 5, 3), kernel_shape=[2, 2, 3], strides=[2, 2, 3])

# torch's own takes no absolute values and pads nothing.
case("LpPool", "windows that overlap", lambda x: F.lp_pool2d(x.abs(), 2, (3, 2), (2, 1)), floats(1, 2, 7, 5), kernel_shape=[3, 2],
     strides=[2, 1])
case("LpPool", "cubes, padded", lambda x: F.lp_pool1d(F.pad(x.abs(), (1, 1)), 3, 3, 2), floats(2, 2, 7), kernel_shape=[3], strides=[2],
     pads=[1, 1], p=3)

case("GlobalAveragePool", "images", lambda x: F.adaptive_avg_pool2d(x, 1), floats(2, 3, 5, 3))
case("GlobalAveragePool", "sound", lambda x: F.adaptive_avg_pool1d(x, 1), floats(2, 3, 7))
case("GlobalMaxPool", "sound", lambda x: F.adaptive_max_pool1d(x, 1), apart(2, 3, 7))
case("GlobalMaxPool", "images", lambda x: F.adaptive_max_pool2d(x, 1), apart(2, 3, 5, 3))


def resized(name, x, torch_mode, align_corners=None, scales=None, sides=None, **attributes):
    """Places between pixels; torch and ONNX agree on these ways of counting them."""
    wanted = {"size": sides[2:]} if sides else {"scale_factor": scales, "recompute_scale_factor": False}
    sizes = (None, known(*sides)) if sides else (fixed(numbers([1.0, 1.0, *scales])),)
    case("Resize", name, lambda x, *_: F.interpolate(x, **wanted, mode=torch_mode, align_corners=align_corners), x, None, *sizes,
         **attributes)


resized("nearest, larger", floats(1, 2, 3, 5), "nearest", scales=(2.0, 3.0), nearest_mode="floor",
        coordinate_transformation_mode="asymmetric")
resized("to a size", floats(1, 2, 3, 5), "bilinear", align_corners=False, sides=(1, 2, 7, 4), mode="linear",
        coordinate_transformation_mode="pytorch_half_pixel")
resized("to fewer", floats(2, 1, 6, 5), "bilinear", align_corners=True, sides=(2, 1, 3, 2), mode="linear",
        coordinate_transformation_mode="align_corners")
resized("cubic", floats(1, 2, 4, 5), "bicubic", align_corners=False, scales=(2.0, 2.0), mode="cubic", cubic_coeff_a=-0.75,
        coordinate_transformation_mode="half_pixel")
