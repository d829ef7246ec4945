import accounts.audit.history
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccessLog',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('recorded_at', models.DateTimeField(db_default=accounts.audit.history.ClockTimestamp(), editable=False, help_text='Theo đồng hồ của máy chủ CSDL.', verbose_name='thời điểm ghi')),
                ('recorded_xid', models.BigIntegerField(db_default=django.db.models.expressions.RawSQL('(pg_current_xact_id()::text::bigint)', ()), editable=False, verbose_name='giao dịch')),
                ('kind', models.CharField(choices=[('sign_in', 'Đăng nhập'), ('sign_in_failed', 'Đăng nhập không thành công'), ('locked', 'Khóa đăng nhập'), ('unlocked', 'Mở khóa đăng nhập'), ('invitation', 'Gửi đường dẫn đặt mật khẩu'), ('password_asked', 'Quên mật khẩu'), ('password', 'Đặt mật khẩu'), ('second_factor', 'Xác thực hai lớp'), ('rights', 'Thay đổi quyền'), ('upload', 'Gửi tệp lên'), ('sign_out', 'Đăng xuất'), ('export', 'Xuất dữ liệu'), ('download', 'Tải tệp'), ('print', 'In'), ('view', 'Xem nội dung hạn chế')], max_length=20, verbose_name='việc')),
                ('at', models.DateTimeField(verbose_name='lúc')),
                ('username', models.CharField(blank=True, max_length=150, verbose_name='tên đăng nhập đã nhập')),
                ('address', models.GenericIPAddressField(blank=True, null=True, verbose_name='từ địa chỉ')),
                ('what', models.TextField(blank=True, verbose_name='nội dung')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='người')),
            ],
            options={
                'verbose_name': 'dòng nhật ký truy cập',
                'verbose_name_plural': 'nhật ký truy cập',
                'ordering': ['-at', '-id'],
                'indexes': [models.Index(fields=['-at', '-id'], name='audit_acces_at_0ed0c4_idx'), models.Index(fields=['actor', '-at'], name='audit_acces_actor_i_e541ba_idx')],
            },
        ),
    ]
